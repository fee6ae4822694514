"""Decides which steps of a graph can start now, and with which parameters. It starts nothing.

All of it happens in the thread that runs the workflow, in time that grows with the number of tasks
and dependencies only, and without recursion along them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Callable, Optional

from kedro_kubeflow.local.identity import with_values
from kedro_kubeflow.local.result import FAILED, OMITTED, SUCCEEDED
from kedro_kubeflow.local.step_graph import GraphNode
from kedro_kubeflow.local.substitution import Lookup, substitute_text
from kedro_kubeflow.local.workflow_fields import as_text, mapping_at, mappings_at

_WAITING, _STARTED, _DONE = range(3)


class ReadySteps:
    """The state of one graph while it runs.

    A failure stops its own DAG as in Argo: no further task of it starts, those that run go on, and
    the DAG ends with the failed task's phase when they have ended. With ``failFast: false`` the
    branches that do not depend on the failed task go on too.
    """

    def __init__(self, nodes: Sequence[GraphNode], lookup: Lookup) -> None:
        """Begin with the root.

        Args:
            nodes: what :func:`~kedro_kubeflow.local.step_graph.unfold` gives.
            lookup: the values of ``workflow.*`` tags.
        """
        self._nodes = nodes
        self._lookup = lookup
        self._states = [_WAITING] * len(nodes)
        self._phases: list[Optional[str]] = [None] * len(nodes)
        self._blockers = [len(node.dependencies) for node in nodes]
        self._open_children = [len(node.children) for node in nodes]
        self._dependents: list[list[int]] = [[] for _ in nodes]
        for node in nodes:
            for dependency in node.dependencies:
                self._dependents[dependency].append(node.index)
        self._inputs: dict[int, Mapping[str, str]] = {}
        self._outputs: dict[int, Mapping[str, str]] = {}
        self._failed_in: dict[int, str] = {}
        self._ready: list[int] = []
        self._omitted: list[int] = []
        self._failed_dags: list[tuple[int, str]] = []
        self._todo: deque[Callable[[], None]] = deque()
        self._begin(0)
        self._settle()

    @property
    def phase(self) -> Optional[str]:
        """The root's phase; None while something is left to do."""
        return self._phases[0]

    def take_ready(self) -> list[int]:
        """Steps that became ready to start since this was last asked."""
        ready, self._ready = self._ready, []
        return ready

    def take_omitted(self) -> list[int]:
        """Steps found never to start since this was last asked, in the order declared."""
        omitted, self._omitted = self._omitted, []
        return sorted(omitted)

    def take_failed_dags(self) -> list[tuple[int, str]]:
        """DAGs that ended without success since this was last asked, with their phases."""
        failed, self._failed_dags = self._failed_dags, []
        return failed

    def start(self, index: int) -> Optional[Lookup]:
        """Take a ready step to be run.

        Returns:
            The values of its tags; None when it was omitted after it became ready.
        """
        if self._states[index] != _WAITING:
            return None
        self._states[index] = _STARTED
        self._inputs[index] = self._resolve_inputs(self._nodes[index])
        return self._scope(index)

    def finish(self, index: int, phase: str, outputs: Mapping[str, str]) -> None:
        """Note how a started step ended, and what follows from it.

        Args:
            index: the step's.
            phase: Succeeded, Failed or Error.
            outputs: its output parameters.
        """
        self._end(index, phase, outputs)
        self._settle()

    def omit_rest(self) -> None:
        """Let nothing start that has not; DAGs left unfinished so end as Failed."""
        for node in self._nodes:
            if self._states[node.index] == _STARTED and node.is_dag:
                self._failed_in.setdefault(node.index, FAILED)
                self._omit(node.children.values())
        self._settle()

    def _settle(self) -> None:
        while self._todo:
            self._todo.popleft()()

    def _begin(self, index: int) -> None:
        node = self._nodes[index]
        if self._states[index] != _WAITING:
            return
        if not node.is_dag:
            self._ready.append(index)
            return
        self._states[index] = _STARTED
        self._inputs[index] = self._resolve_inputs(node)
        for child in node.children.values():
            if not self._blockers[child]:
                self._todo.append(partial(self._begin, child))
        if not node.children:
            self._todo.append(partial(self._end, index, SUCCEEDED, {}))

    def _end(self, index: int, phase: str, outputs: Mapping[str, str]) -> None:
        node = self._nodes[index]
        self._states[index] = _DONE
        self._phases[index] = phase
        self._outputs[index] = outputs
        if phase != SUCCEEDED and node.is_dag:
            self._failed_dags.append((index, phase))
        if node.parent is None:
            return
        if phase == SUCCEEDED:
            for dependent in self._dependents[index]:
                self._blockers[dependent] -= 1
                if not self._blockers[dependent]:
                    self._todo.append(partial(self._begin, dependent))
        else:
            parent = self._nodes[node.parent]
            self._failed_in.setdefault(node.parent, phase)
            fail_fast = parent.template.fail_fast
            self._omit(parent.children.values() if fail_fast else self._dependents[index])
        self._close_child(node.parent)

    def _omit(self, indices: Iterable[int]) -> None:
        stack = list(indices)
        while stack:
            index = stack.pop()
            if self._states[index] != _WAITING:
                continue
            node = self._nodes[index]
            self._states[index] = _DONE
            self._phases[index] = OMITTED
            if not node.is_dag:
                self._omitted.append(index)
            stack.extend(node.children.values())
            stack.extend(self._dependents[index])
            # A DAG that never started has nothing to close.
            if node.parent is not None and self._states[node.parent] == _STARTED:
                self._close_child(node.parent)

    def _close_child(self, parent: int) -> None:
        self._open_children[parent] -= 1
        if not self._open_children[parent]:
            phase = self._failed_in.get(parent, SUCCEEDED)
            outputs = self._dag_outputs(self._nodes[parent])
            self._todo.append(partial(self._end, parent, phase, outputs))

    def _resolve_inputs(self, node: GraphNode) -> dict[str, str]:
        # A task's arguments are read among its sibling tasks, the root's among the workflow.
        lookup = self._lookup if node.parent is None else self._scope(node.parent)
        values: dict[str, str] = {}
        for name, default in node.template.inputs.items():
            text = node.arguments.get(name, default)
            values[name] = substitute_text(text or "", lookup)
        return values

    def _dag_outputs(self, node: GraphNode) -> dict[str, str]:
        scope = self._scope(node.index)
        where = node.template.where
        outputs = mapping_at(node.template.body, "outputs", where)
        values = {}
        for item in mappings_at(outputs, "parameters", where):
            source = mapping_at(item, "valueFrom", where)
            values[str(item["name"])] = substitute_text(as_text(source.get("parameter")), scope)
        return values

    def _scope(self, index: int) -> Lookup:
        """The tags that a node's own strings, or its tasks' arguments, may hold."""
        node = self._nodes[index]
        inputs = {f"inputs.parameters.{name}": v for name, v in self._inputs[index].items()}
        lookup = with_values(self._lookup, inputs)
        if not node.is_dag:
            return lookup

        def find(name: str) -> Optional[str]:
            if not name.startswith("tasks."):
                return lookup(name)
            task, _, rest = name[len("tasks.") :].partition(".")
            child = node.children.get(task)
            if child is None:
                return None
            if rest == "status":
                return self._phases[child]
            prefix = "outputs.parameters."
            if not rest.startswith(prefix):
                return None
            return self._outputs.get(child, {}).get(rest[len(prefix) :])

        return find
