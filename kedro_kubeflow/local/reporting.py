"""Reports changes of steps as lines of text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import IO, Optional, Protocol

from kedro_kubeflow.local.result import SUCCEEDED, RunResult, StepInfo, StepResult

RUNNING = "Running"
RETRYING = "Retrying"
WAITING = "Waiting"


class Reporter(Protocol):
    """Receives what happens; all calls come from the thread that called ``run_workflow``."""

    def workflow_started(self, name: str, steps: Sequence[StepInfo]) -> None:
        """A workflow of this name begins; its steps in the order declared."""

    def step_started(self, step: StepInfo, attempt: int) -> None:
        """An attempt begins, 1 being the first."""

    def step_retrying(
        self, step: StepInfo, retry: int, limit: Optional[int], seconds: float, message: str
    ) -> None:
        """An attempt failed and the next begins in so many seconds.

        ``retry`` counts from 1; ``limit`` is None where there is no limit; ``message`` says why.
        """

    def step_finished(self, result: StepResult, log_tail: Sequence[str]) -> None:
        """A step ended or was omitted; the last lines of its log are given when it failed."""

    def workflow_finished(self, result: RunResult) -> None:
        """All is over, the exit handler included."""

    def close(self) -> None:
        """Nothing more comes, whether the workflow finished or was broken off."""


class PlainReporter:
    """Writes one line for each change: for logs, pipes and CI."""

    def __init__(self, stream: IO[str]) -> None:
        """Args: the stream to write to; it is not closed."""
        self._stream = stream

    def workflow_started(self, name: str, steps: Sequence[StepInfo]) -> None:
        """See :class:`Reporter`."""
        self._write(f"{RUNNING:<10} workflow {name}, {count(len(steps), 'step')}")

    def step_started(self, step: StepInfo, attempt: int) -> None:
        """See :class:`Reporter`."""
        suffix = f" (attempt {attempt})" if attempt > 1 else ""
        self._write(f"{RUNNING:<10} {step.name}{suffix}")

    def step_retrying(
        self, step: StepInfo, retry: int, limit: Optional[int], seconds: float, message: str
    ) -> None:
        """See :class:`Reporter`."""
        self._write(f"{RETRYING:<10} {step.name}: {message}; {retry_text(retry, limit, seconds)}")

    def step_finished(self, result: StepResult, log_tail: Sequence[str]) -> None:
        """See :class:`Reporter`."""
        duration = "" if result.seconds is None else f" ({duration_text(result.seconds)})"
        message = f": {result.message}" if result.message else ""
        self._write(f"{result.phase:<10} {result.name}{duration}{message}")
        for line in log_tail:
            self._write(f"    | {line}")
        if result.phase != SUCCEEDED and result.log_path is not None:
            self._write(f"    log: {result.log_path}")

    def workflow_finished(self, result: RunResult) -> None:
        """See :class:`Reporter`."""
        self._write(f"{result.phase:<10} {summary(result)}")

    def close(self) -> None:
        """See :class:`Reporter`."""
        self._stream.flush()

    def _write(self, line: str) -> None:
        # A log's characters may be more than the stream's encoding knows.
        encoding = getattr(self._stream, "encoding", None) or "utf-8"
        self._stream.write(line.encode(encoding, errors="replace").decode(encoding) + "\n")
        self._stream.flush()


def summary(result: RunResult) -> str:
    """One line on a finished workflow, without its phase."""
    counts = Counter(step.phase for step in result.steps)
    parts = ", ".join(f"{number} {phase.lower()}" for phase, number in counts.items())
    seconds = (result.finished - result.started).total_seconds()
    message = f": {result.message}" if result.message else ""
    return f"workflow {result.name} ({duration_text(seconds)}), steps: {parts}{message}"


def retry_text(retry: int, limit: Optional[int], seconds: float) -> str:
    """Which retry comes when, as in ``retry 1 of 4 in 60 s``."""
    of = "" if limit is None else f" of {limit}"
    return f"retry {retry}{of} in {duration_text(seconds)}"


def duration_text(seconds: float) -> str:
    """Seconds for people: ``0.04 s``, ``2.5 s``, ``60 s``, ``2 min 5 s``, ``1 h 3 min``."""
    if seconds < 10:
        digits = 2 if seconds < 1 else 1
        return f"{seconds:.{digits}f}".rstrip("0").rstrip(".") + " s"
    whole = round(seconds)
    if whole < 100:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def count(number: int, thing: str) -> str:
    """``1 step``, ``2 steps``."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
