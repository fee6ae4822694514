"""Simulates the states of a workflow's nodes; nothing is really run.

This is the server's default executor. A :class:`Script` says which templates fail or hang, by
name.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, Union


@dataclass(frozen=True)
class NodeState:
    """The state of a node: its name in the DAG, its template, Argo's phase and message.

    ``attempt`` counts from 0, and only matters for templates with a retry strategy.
    """

    name: str
    template: str
    phase: str
    message: str = ""
    attempt: int = 0


@dataclass(frozen=True)
class Finished:
    """The last item of an executor: Succeeded, Failed or Error."""

    phase: str
    message: str = ""


Event = Union[NodeState, Finished]


class Executor(Protocol):
    """Runs a workflow; what it yields appears in the run's manifest immediately.

    It is closed when the run is terminated, so it must yield often, even the same state again.
    """

    def __call__(
        self,
        workflow: dict[str, Any],
        parameters: Mapping[str, str],
        succeeded: frozenset[str] = frozenset(),
    ) -> Iterator[Event]:
        """Runs all nodes but those in ``succeeded``, which succeeded in an earlier attempt."""
        ...


@dataclass
class Script:
    """What fails or hangs; keys are names of templates, values are messages of nodes.

    ``pace`` is the time that each change takes, in seconds. A node that hangs stays Pending until
    ``released`` is set. A node in ``fail_once`` succeeds when it is retried.
    """

    fail: dict[str, str] = field(default_factory=dict)
    fail_once: dict[str, str] = field(default_factory=dict)
    hang: dict[str, str] = field(default_factory=dict)
    released: threading.Event = field(default_factory=threading.Event)
    pace: float = 0.01


class Simulation:
    """Steps through the DAG by its dependencies."""

    def __init__(self, script: Script) -> None:
        self.script = script

    def __call__(
        self,
        workflow: dict[str, Any],
        parameters: Mapping[str, str],
        succeeded: frozenset[str] = frozenset(),
    ) -> Iterator[Event]:
        templates = {t["name"]: t for t in workflow["spec"]["templates"]}
        failure = ""
        for event in self._template(templates, workflow["spec"]["entrypoint"], succeeded):
            if isinstance(event, Finished):
                failure = event.message
            else:
                yield event
        exit_template = workflow["spec"].get("onExit")
        if exit_template:
            yield from self._pod(templates[exit_template], "onExit")
        yield Finished("Failed", failure) if failure else Finished("Succeeded")

    def _template(
        self, templates: Mapping[str, Any], name: str, succeeded: frozenset[str]
    ) -> Iterator[Event]:
        """Yields the states of a template's pods, and ``Finished`` only if one failed."""
        template = templates[name]
        if "dag" not in template:
            yield from self._pod(template, name)
            return
        waiting = {task["name"]: task for task in template["dag"]["tasks"]}
        done: set[str] = set()
        while waiting:
            ready = [t for t in waiting.values() if set(t.get("dependencies") or []) <= done]
            if not ready:
                yield Finished("Error", "the DAG has a cycle")
                return
            task = waiting.pop(ready[0]["name"])
            done.add(task["name"])
            if task["name"] in succeeded:
                continue
            target = templates[task["template"]]
            states = (
                self._template(templates, target["name"], succeeded)
                if "dag" in target
                else self._pod(target, task["name"])
            )
            last: Event = Finished("Succeeded")
            for last in states:
                yield last
            if last.phase in ("Failed", "Error"):
                yield Finished("Failed", f"child '{task['name']}' failed")
                return

    def _pod(self, template: Mapping[str, Any], node: str) -> Iterator[Event]:
        name = template["name"]
        limit = int((template.get("retryStrategy") or {}).get("limit", 0))
        for attempt in range(limit + 1):
            yield NodeState(node, name, "Pending", "", attempt)
            time.sleep(self.script.pace)
            while name in self.script.hang and not self.script.released.is_set():
                yield NodeState(node, name, "Pending", self.script.hang[name], attempt)
                time.sleep(self.script.pace)
            yield NodeState(node, name, "Running", "", attempt)
            time.sleep(self.script.pace)
            message = self.script.fail_once.pop(name, "") or self.script.fail.get(name, "")
            if not message:
                yield NodeState(node, name, "Succeeded", "", attempt)
                return
            yield NodeState(node, name, "Failed", message, attempt)
