"""The interface of what runs the containers of steps, as an executor of Argo does.

There are two of them: processes in copies of the project, and containers of the image itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Callable, Optional, Protocol

from kedro_kubeflow.local.pod_folder import PodSite
from kedro_kubeflow.local.step_graph import GraphNode


@dataclass(frozen=True)
class Attempt:
    """What to do in one attempt.

    Attributes:
        step: the step's name.
        number: 1 for the first attempt.
        kind: container or resource.
        where: the template's place in the workflow, for messages.
        body: the template, tags filled in.
        volumes: those it may mount, by name, tags filled in.
    """

    step: str
    number: int
    kind: str
    where: str
    body: Mapping[str, Any]
    volumes: Mapping[str, Any]

    @property
    def pod(self) -> str:
        """A name that no other attempt of the run has."""
        return f"{self.step}-{self.number}"


@dataclass(frozen=True)
class Ended:
    """The command of an attempt is over.

    Attributes:
        code: its exit code; None if it was stopped before its end.
        locate: from a path in the container to a file or folder of this machine that holds what is
            there now; to one that does not exist where nothing is there.
        reason: why it failed, where the exit code is not all that is known.
    """

    code: Optional[int]
    locate: Callable[[str], Path]
    reason: str = "Error"


class CannotStartError(Exception):
    """The command of a step could not be started."""


class Execution(Protocol):
    """One attempt at running a container template.

    :meth:`run` is called by one thread and once; the rest may be called by any thread, before,
    while and after it runs.
    """

    @property
    def stop_reason(self) -> Optional[str]:
        """Why it was stopped; None if it was not."""

    def describe(self, attempt: Attempt, place: PodSite) -> str:
        """The command, for the head of the log."""

    def run(
        self, attempt: Attempt, place: PodSite, log: IO[bytes]
    ) -> AbstractContextManager[Ended]:
        """Run the command to its end; its files are there until the context is left.

        Args:
            attempt: what to do; of kind container.
            place: where.
            log: open for writing; gets standard output and standard error.

        Raises:
            CannotStartError: the command could not be started.
            CopyStoppedError: it was stopped before the command started.
            LocalRunError: a volume cannot be mounted where the template says, and the like.
            OSError: the files could not be made ready.
        """

    def stop(self, reason: str) -> None:
        """Ask the command and its children to end, or keep it from starting."""

    def kill(self, reason: str) -> None:
        """End the command and its children at once, or keep it from starting."""


class Executor(Protocol):
    """Runs all container templates of one run."""

    def prepare(
        self, steps: Iterable[tuple[str, GraphNode]], spec: Mapping[str, Any]
    ) -> tuple[str, ...]:
        """Make sure, before any step begins, that steps can be run.

        Args:
            steps: names and nodes of all steps, tags of the whole run filled in.
            spec: of the workflow.

        Returns:
            A sentence for each thing of a cluster that is left out of the steps.

        Raises:
            LocalRunError: they cannot.
        """

    def execution(self) -> Execution:
        """One that has not begun."""

    def finish(self, place: PodSite) -> None:
        """Leave nothing behind that the caller cannot remove; all executions are over."""
