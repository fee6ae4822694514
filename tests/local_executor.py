"""A submitted workflow in, the states of a real run of it on this machine out: what stands for Argo in tests."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Optional

from kedro_kubeflow.local import RunResult, StepInfo, StepResult, run_workflow
from kfp_server.simulation import Event, Finished, NodeState
from projects import ENVIRON


class _Reporter:
    """Turns what the local runner reports into the states of nodes."""

    def __init__(self, events: queue.SimpleQueue[Event], templates: Mapping[str, str]) -> None:
        self._events = events
        self._templates = templates

    def _tell(self, name: str, phase: str, message: str = "") -> None:
        task = name.rsplit(".", 1)[-1]
        self._events.put(NodeState(task, self._templates.get(task, task), phase, message))

    def workflow_started(self, name: str, steps: Sequence[StepInfo]) -> None:
        pass

    def step_started(self, step: StepInfo, attempt: int) -> None:
        self._tell(step.name, "Running")

    def step_retrying(
        self, step: StepInfo, retry: int, limit: Optional[int], seconds: float, message: str
    ) -> None:
        self._tell(step.name, "Pending", message)

    def step_finished(self, result: StepResult, log_tail: Sequence[str]) -> None:
        self._tell(result.name, result.phase, result.message)

    def workflow_finished(self, result: RunResult) -> None:
        self._events.put(Finished(result.phase, result.message))

    def close(self) -> None:
        self._events.put(Finished("Error", "the local run was broken off"))


class LocalExecutor:
    """Runs what is submitted, each step in a copy of the project.

    Args:
        project_path: what the image would hold.
        run_folder: gets a folder for each run.
    """

    def __init__(self, project_path: Path, run_folder: Path) -> None:
        self._project_path = project_path
        self.run_folder = run_folder

    def __call__(
        self,
        workflow: dict[str, Any],
        parameters: Mapping[str, str],
        succeeded: frozenset[str] = frozenset(),
    ) -> Iterator[Event]:
        events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        tasks = [
            task
            for template in workflow["spec"]["templates"]
            for task in template.get("dag", {}).get("tasks", ())
        ]
        reporter = _Reporter(events, {task["name"]: task["template"] for task in tasks})
        run = threading.Thread(
            target=run_workflow,
            args=(workflow,),
            kwargs={
                "project_path": self._project_path,
                "run_folder": self.run_folder,
                "parameters": parameters,
                "environ": dict(ENVIRON),
                "reporter": reporter,
            },
            daemon=True,
        )
        run.start()
        while True:
            event = events.get()
            yield event
            if isinstance(event, Finished):
                run.join()
                return
