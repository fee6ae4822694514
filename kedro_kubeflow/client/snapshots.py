"""The states of runs and their steps at one moment; ``run_reading`` makes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

SUCCESS = "succeeded"
NO_SUCCESS = ("failed", "error", "skipped", "canceled", "cancelled")
"""How runs end: 1.8 returns Argo's phases, 2.x its own states; compared in lowercase."""

WAITING = "Waiting"
"""Phase of a step without a node in Argo yet; every other phase is Argo's."""

_FAILED = ("Failed", "Error")


@dataclass(frozen=True)
class StepSnapshot:
    """One step of a run.

    Attributes:
        name: Its name in the interface.
        task: Its name in the DAG.
        phase: Waiting, Pending, Running, Succeeded, Failed, Error, Skipped, Omitted.
        message: The reason from Argo or Kubernetes, such as ``ImagePullBackOff: …`` or ``Error (exit
            code 1)``; often empty.
        attempts: How often it was started.
        started_at, finished_at: RFC 3339, or empty.
        node_id, node_name: Id and name of Argo's node of the last attempt; empty while waiting.
    """

    name: str
    task: str
    phase: str = WAITING
    message: str = ""
    attempts: int = 0
    started_at: str = ""
    finished_at: str = ""
    node_id: str = ""
    node_name: str = ""

    @property
    def failed(self) -> bool:
        """Whether it has failed, after all retries."""
        return self.phase in _FAILED

    @property
    def hangs(self) -> bool:
        """Whether it cannot start, for a known reason."""
        return self.phase == "Pending" and bool(self.message)


@dataclass(frozen=True)
class RunSnapshot:
    """The state of a run at one moment.

    Attributes:
        run_id: Its id.
        name: Its name.
        status: Its state on the server; empty if there is none yet.
        link: Opens it in Kubeflow's interface.
        steps: In the order of the pipeline.
        message: Argo's message for the whole run, often empty.
        created_at, finished_at: RFC 3339, or empty.
        workflow_name, namespace: Of the workflow in Kubernetes; empty if unknown.
        volume_until: RFC 3339: when the volume of a run that has ended is deleted with its workflow; empty if it has
            none, keeps it, or is still running.
        remark: A warning: the server does not answer, the run has had no status for too long, or the state of its
            steps cannot be read.
        timed_out: Whether the time was over before the run ended.
    """

    run_id: str
    name: str
    status: str
    link: str
    steps: tuple[StepSnapshot, ...] = ()
    message: str = ""
    created_at: str = ""
    finished_at: str = ""
    workflow_name: str = ""
    namespace: str = ""
    volume_until: str = ""
    remark: str = ""
    timed_out: bool = False

    @property
    def finished(self) -> bool:
        """Whether it has ended."""
        return self.succeeded or self.status.lower() in NO_SUCCESS

    @property
    def succeeded(self) -> bool:
        """Whether it has ended successfully."""
        return self.status.lower() == SUCCESS

    @property
    def explanation(self) -> str:
        """Which steps failed and why, or Argo's message for the run; may be empty."""
        failed = [
            f"step {step.name!r} {step.phase.lower()}"
            + (f" after {step.attempts} attempts" if step.attempts > 1 else "")
            + (f": {step.message}" if step.message else "")
            for step in self.steps
            if step.failed
        ]
        return "; ".join(failed) or self.message


@dataclass(frozen=True)
class PipelineSnapshot:
    """The wait for a run of a pipeline at one moment.

    Attributes:
        run: The run that is waited for, or None if there is none yet.
        step: The step of it whose success is enough, or None.
        remark: Why there is no run yet, or that the server does not answer.
        timed_out: Whether the time was over first.
    """

    run: Optional[RunSnapshot] = None
    step: Optional[StepSnapshot] = None
    remark: str = ""
    timed_out: bool = False

    @property
    def succeeded(self) -> bool:
        """Whether the step, or else the run, has succeeded."""
        if self.step is not None:
            return self.step.phase == "Succeeded"
        return self.run is not None and self.run.succeeded

    @property
    def failed(self) -> bool:
        """Whether this run can no longer succeed."""
        if self.run is None or self.succeeded:
            return False
        return self.run.finished or bool(self.step and self.step.failed)

    @property
    def finished(self) -> bool:
        """Whether it has succeeded or failed."""
        return self.succeeded or self.failed

    @property
    def explanation(self) -> str:
        """The explanation of the run; empty if there is none."""
        return self.run.explanation if self.run else ""
