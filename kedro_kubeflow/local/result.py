"""What a local run gives: the phase, times and logs of a workflow and of each of its steps."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

SUCCEEDED = "Succeeded"
FAILED = "Failed"
ERROR = "Error"
OMITTED = "Omitted"
"""Argo's phases. A step is omitted when something before it failed."""


@dataclass(frozen=True)
class StepInfo:
    """A step before it runs.

    Attributes:
        name: the task's name, as Kubeflow shows it; with the names of the DAGs around it where
            another step has the same.
        display_name: what the workflow asks Kubeflow to show for it, else the name.
    """

    name: str
    display_name: str


@dataclass(frozen=True)
class StepResult:
    """What became of a step.

    Attributes:
        name: see :class:`StepInfo`.
        display_name: see :class:`StepInfo`.
        phase: Succeeded, Failed, Error or Omitted. Error is what Argo calls a step that did its
            work and whose outputs could not be collected, or that could not be set up.
        attempts: how often it was started; 0 when it was omitted.
        started: when its first attempt began, in UTC; None when it was omitted.
        finished: when its last attempt ended, in UTC; None when it was omitted.
        message: why it did not succeed; empty when it did.
        log_path: the file with the output of all its attempts; None when it was omitted.
    """

    name: str
    display_name: str
    phase: str
    attempts: int
    started: Optional[datetime.datetime]
    finished: Optional[datetime.datetime]
    message: str
    log_path: Optional[Path]

    @property
    def seconds(self) -> Optional[float]:
        """From the start of the first attempt to the end of the last; None when omitted."""
        if self.started is None or self.finished is None:
            return None
        return (self.finished - self.started).total_seconds()


@dataclass(frozen=True)
class RunResult:
    """What became of a workflow.

    Attributes:
        name: the workflow's name, with the five characters that made it unique.
        uid: the workflow's unique id, a UUID as text.
        phase: Succeeded, Failed or Error.
        message: why the workflow did not succeed, where no step says so; else empty.
        steps: every step in the order the workflow declares them, the exit handler's last.
        started: in UTC.
        finished: in UTC.
        volume_folders: the folders that stood for persistent volume claims, by path.
        artifacts_folder: holds ``<step>/<artifact>/<file>``; it exists when there are any.
        logs_folder: holds ``<step>.log``.
    """

    name: str
    uid: str
    phase: str
    message: str
    steps: tuple[StepResult, ...]
    started: datetime.datetime
    finished: datetime.datetime
    volume_folders: tuple[Path, ...]
    artifacts_folder: Path
    logs_folder: Path

    @property
    def succeeded(self) -> bool:
        """Whether the workflow and its exit handler succeeded."""
        return self.phase == SUCCEEDED
