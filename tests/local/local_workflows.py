"""Workflows by hand, in the shape the compiler gives them, and a reporter that remembers."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Optional

from kedro_kubeflow.local import RunResult, StepInfo, StepResult

# Isolated and without site-packages: it starts in half the time.
PYTHON = [sys.executable, "-I", "-S", "-c"]


def python(code: str, *arguments: str) -> list[str]:
    """A command that runs Python code; the arguments are its ``sys.argv[1:]``."""
    return [*PYTHON, code, *arguments]


def shell(script: str, *arguments: str) -> list[str]:
    """A command that runs a shell script; the arguments are its ``$1``, ``$2``..."""
    # The kubelet makes one $ of two before the shell sees them.
    return ["sh", "-c", script.replace("$$", "$$$$"), "sh", *arguments]


def container(command: Sequence[str], **fields: Any) -> dict[str, Any]:
    """A container template; fields of the container itself are given as ``container={...}``."""
    more = fields.pop("container", {})
    return {"container": {"image": "example.com/p:1", "command": list(command), **more}, **fields}


def task(name: str, *dependencies: str, template: str = "", **arguments: str) -> dict[str, Any]:
    """A task of a DAG; underscores in names of arguments become dashes."""
    made: dict[str, Any] = {"name": name, "template": template or name}
    if dependencies:
        made["dependencies"] = list(dependencies)
    if arguments:
        made["arguments"] = {
            "parameters": [
                {"name": key.replace("_", "-"), "value": value} for key, value in arguments.items()
            ]
        }
    return made


def workflow(
    tasks: Sequence[Mapping[str, Any]],
    templates: Mapping[str, Mapping[str, Any]],
    parameters: Optional[Mapping[str, Any]] = None,
    **spec: Any,
) -> dict[str, Any]:
    """A workflow named ``my-project-?????`` whose entrypoint holds the tasks."""
    listed = [{"name": "my-project", "dag": {"tasks": list(tasks)}}]
    listed += [{"name": name, **template} for name, template in templates.items()]
    made: dict[str, Any] = {"entrypoint": "my-project", "templates": listed, **spec}
    if parameters is not None:
        made["arguments"] = {
            "parameters": [{"name": name, "value": value} for name, value in parameters.items()]
        }
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {"generateName": "my-project-"},
        "spec": made,
    }


def claim(name: str, storage: str = "1Gi", action: str = "create") -> dict[str, Any]:
    """A template that makes a persistent volume claim, as kfp's VolumeOp gives it."""
    manifest = (
        "apiVersion: v1\nkind: PersistentVolumeClaim\n"
        f"metadata:\n  name: '{{{{workflow.name}}}}-{name}'\n"
        "spec:\n  accessModes:\n  - ReadWriteOnce\n"
        f"  resources:\n    requests:\n      storage: {storage}\n"
    )
    return {
        "resource": {"action": action, "setOwnerReference": True, "manifest": manifest},
        "outputs": {
            "parameters": [
                {"name": f"{name}-manifest", "valueFrom": {"jsonPath": "{}"}},
                {"name": f"{name}-name", "valueFrom": {"jsonPath": "{.metadata.name}"}},
                {
                    "name": f"{name}-size",
                    "valueFrom": {"jsonPath": "{.status.capacity.storage}"},
                },
            ]
        },
    }


class RecordingReporter:
    """Remembers every call as a tuple, and which steps ran at the same time."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.tails: dict[str, tuple[str, ...]] = {}
        self.closed = 0

    def workflow_started(self, name: str, steps: Sequence[StepInfo]) -> None:
        self.calls.append(("workflow", tuple(step.name for step in steps)))

    def step_started(self, step: StepInfo, attempt: int) -> None:
        self.calls.append(("started", step.name, attempt))

    def step_retrying(
        self, step: StepInfo, retry: int, limit: Optional[int], seconds: float, message: str
    ) -> None:
        self.calls.append(("retrying", step.name, retry, limit, seconds, message))

    def step_finished(self, result: StepResult, log_tail: Sequence[str]) -> None:
        self.calls.append(("finished", result.name, result.phase))
        self.tails[result.name] = tuple(log_tail)

    def workflow_finished(self, result: RunResult) -> None:
        self.calls.append(("workflow finished", result.phase))

    def close(self) -> None:
        self.closed += 1

    def started(self) -> list[str]:
        """Names of steps in the order they started, once for each attempt."""
        return [call[1] for call in self.calls if call[0] == "started"]

    def most_at_once(self) -> int:
        """How many steps ran at the same time at most."""
        running = most = 0
        for call in self.calls:
            if call[-1] != "Omitted":
                running += {"started": 1, "finished": -1, "retrying": -1}.get(call[0], 0)
            most = max(most, running)
        return most


def phases(result: RunResult) -> dict[str, str]:
    """The phase of each step by its name."""
    return {step.name: step.phase for step in result.steps}


def step_of(result: RunResult, name: str) -> StepResult:
    """The result of one step."""
    return next(step for step in result.steps if step.name == name)


def printed(result: RunResult, name: str) -> str:
    """What a step wrote, without the header lines of its log."""
    path = step_of(result, name).log_path
    assert path is not None
    return path.read_text().partition("\n\n")[2]


def files_below(folder: Path) -> list[str]:
    """Paths of all files, links and empty folders below a folder."""
    return sorted(
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_symlink() or not path.is_dir() or not any(path.iterdir())
    )
