"""Runs a graph of steps: starts them in order, retries them, and skips what cannot run."""

from __future__ import annotations

import datetime
import heapq
import itertools
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Callable, Optional

from kedro_kubeflow.errors import LocalRunError
from kedro_kubeflow.local.attempt import Outcome
from kedro_kubeflow.local.executor import Attempt, Execution
from kedro_kubeflow.local.failed_nodes import FailedNode, pod_name
from kedro_kubeflow.local.identity import with_values
from kedro_kubeflow.local.pod_folder import PodSite
from kedro_kubeflow.local.ready_steps import ReadySteps
from kedro_kubeflow.local.reporting import Reporter, duration_text
from kedro_kubeflow.local.result import ERROR, FAILED, OMITTED, SUCCEEDED, StepInfo, StepResult
from kedro_kubeflow.local.retries import RetryStrategy, read_deadline_seconds, read_retry_strategy
from kedro_kubeflow.local.step_graph import GraphNode
from kedro_kubeflow.local.substitution import Lookup, substitute
from kedro_kubeflow.local.volumes import declared_volumes
from kedro_kubeflow.local.workers import GRACE_SECONDS, AttemptEnded, Signalled, Workers


@dataclass(frozen=True)
class Surroundings:
    """What the graphs of one run share.

    Attributes:
        workflow_name: its name.
        spec: of the workflow.
        place: what attempts share.
        workers: do the attempts.
        reporter: receives every change.
    """

    workflow_name: str
    spec: Mapping[str, Any]
    place: PodSite
    workers: Workers
    reporter: Reporter


@dataclass
class _StartedStep:
    """A step that has started, on its way through its attempts."""

    lookup: Lookup
    started: datetime.datetime
    clock_start: float
    attempts: int = 0
    strategy: Optional[RetryStrategy] = None


class GraphRun:
    """One graph, run once by :meth:`run`.

    Attributes:
        results: of the steps that are over, by index.
        failed_nodes: what failed, in the order it did.
        message: why the graph failed, where no step says so.
    """

    def __init__(
        self,
        surroundings: Surroundings,
        nodes: Sequence[GraphNode],
        infos: Mapping[int, StepInfo],
        lookup: Lookup,
    ) -> None:
        """Prepare a run.

        Args:
            surroundings: what graphs share.
            nodes: what :func:`~kedro_kubeflow.local.step_graph.unfold` gives.
            infos: the steps among them, by index.
            lookup: the values of ``workflow.*`` tags.
        """
        self.results: dict[int, StepResult] = {}
        self.failed_nodes: list[FailedNode] = []
        self.message = ""
        self._around = surroundings
        self._workers = surroundings.workers
        self._nodes = nodes
        self._infos = infos
        self._schedule = ReadySteps(nodes, lookup)
        self._steps: dict[int, _StartedStep] = {}
        self._pausing: set[int] = set()
        self._runnable: list[int] = []
        self._timers: list[tuple[float, int, Callable[[], None]]] = []
        self._serial = itertools.count()

    def run(self, deadline_seconds: Optional[float] = None) -> str:
        """Run all of the graph.

        Args:
            deadline_seconds: how long it may take.

        Returns:
            Its phase: Succeeded, Failed or Error.

        Raises:
            KeyboardInterrupt: a signal asked to stop; attempts may still run.
        """
        if deadline_seconds is not None:
            self._after(deadline_seconds, partial(self._give_up, deadline_seconds))
        while True:
            self._take_news()
            if self._schedule.phase is not None:
                return self._schedule.phase
            while self._runnable and self._workers.has_room:
                self._start(heapq.heappop(self._runnable))
            event = self._workers.next_event(self._seconds_to_next_timer())
            if isinstance(event, Signalled):
                raise KeyboardInterrupt
            if isinstance(event, AttemptEnded):
                if isinstance(event.outcome, BaseException):
                    raise event.outcome
                self._end_attempt(event.key, event.outcome)
            self._run_timers()

    def _take_news(self) -> None:
        for index in self._schedule.take_ready():
            # The first declared of those that can run runs first.
            heapq.heappush(self._runnable, index)
        for index in self._schedule.take_omitted():
            info = self._infos[index]
            self._settle(
                index, StepResult(info.name, info.display_name, OMITTED, 0, None, None, "", None)
            )
        now = datetime.datetime.now(datetime.timezone.utc)
        for index, phase in self._schedule.take_failed_dags():
            self._note_failure(index, Outcome(phase, finished=now))

    def _start(self, index: int) -> None:
        node = self._nodes[index]
        step = self._steps.get(index)
        if step is None:
            lookup = self._schedule.start(index)
            if lookup is None:
                return
            now = datetime.datetime.now(datetime.timezone.utc)
            step = self._steps[index] = _StartedStep(lookup, now, time.monotonic())
        step.attempts += 1
        self._around.reporter.step_started(self._infos[index], step.attempts)
        try:
            self._start_attempt(index, node, step)
        except LocalRunError as err:
            # A field that could only be read when its tags were filled in.
            self._workers.fail(index, Outcome(ERROR, str(err)))

    def _start_attempt(self, index: int, node: GraphNode, step: _StartedStep) -> None:
        name = self._around.workflow_name
        values = {
            "node.name": node.path,
            "pod.name": pod_name(name, node.path),
            "retries": str(step.attempts - 1),
        }
        lookup = with_values(step.lookup, values)
        body = substitute(node.template.body, lookup)
        step.strategy = read_retry_strategy(body, node.template.where)
        deadline = read_deadline_seconds(body, node.template.where)
        execution = self._workers.start(
            index,
            Attempt(
                step=self._infos[index].name,
                number=step.attempts,
                kind=node.template.kind,
                where=node.template.where,
                body=body,
                volumes=substitute(declared_volumes(self._around.spec, body), lookup),
            ),
        )
        if deadline is not None:
            reason = f"stopped at its deadline, {duration_text(deadline)} after it started"
            self._after(deadline, partial(self._stop_late, index, execution, reason))

    def _end_attempt(self, index: int, outcome: Outcome) -> None:
        step = self._steps[index]
        if outcome.phase == SUCCEEDED or step.strategy is None:
            self._finish(index, outcome)
            return
        self._note_failure(index, outcome, attempt=step.attempts - 1)
        seconds = None
        if not self.message:
            seconds = step.strategy.seconds_to_wait(
                step.attempts, outcome.phase, time.monotonic() - step.clock_start
            )
        if seconds is None:
            self._finish(index, outcome)
            return
        self._around.reporter.step_retrying(
            self._infos[index], step.attempts, step.strategy.limit, seconds, outcome.message
        )
        self._pausing.add(index)
        self._after(seconds, partial(self._retry, index))

    def _retry(self, index: int) -> None:
        if index in self._pausing:
            self._pausing.remove(index)
            heapq.heappush(self._runnable, index)

    def _finish(self, index: int, outcome: Outcome) -> None:
        step, info = self._steps[index], self._infos[index]
        if outcome.phase != SUCCEEDED:
            self._note_failure(index, self._as_argo_says(step, outcome))
        result = StepResult(
            name=info.name,
            display_name=info.display_name,
            phase=outcome.phase,
            attempts=step.attempts,
            started=step.started,
            finished=outcome.finished,
            message=outcome.message,
            log_path=self._around.place.log_path(info.name),
        )
        self._settle(index, result, outcome.log_tail)
        self._schedule.finish(index, outcome.phase, outcome.outputs)

    @staticmethod
    def _as_argo_says(step: _StartedStep, outcome: Outcome) -> Outcome:
        # The attempt has an entry of its own, with its message, beside the one of the whole step.
        limit = None if step.strategy is None else step.strategy.limit
        if limit is None or step.attempts <= limit:
            return outcome
        return replace(outcome, message="No more retries left")

    def _settle(self, index: int, result: StepResult, log_tail: Sequence[str] = ()) -> None:
        self.results[index] = result
        self._around.reporter.step_finished(result, log_tail)

    def _note_failure(self, index: int, outcome: Outcome, attempt: Optional[int] = None) -> None:
        node = self._nodes[index]
        suffix = "" if attempt is None else f"({attempt})"
        self.failed_nodes.append(
            FailedNode(
                display_name=node.task + suffix,
                path=node.path + suffix,
                template=node.template.name,
                phase=outcome.phase,
                message=outcome.message,
                finished=outcome.finished,
            )
        )

    def _stop_late(self, index: int, execution: Execution, reason: str) -> None:
        if self._workers.is_active(index, execution):
            execution.stop(reason)
            self._after(GRACE_SECONDS, partial(execution.kill, reason))

    def _give_up(self, seconds: float) -> None:
        self.message = f"stopped at its deadline, {duration_text(seconds)} after it started"
        self._workers.stop_all(self.message)
        self._after(GRACE_SECONDS, partial(self._workers.kill_all, self.message))
        # Before the steps that wait for a retry end, so that nothing starts in their place.
        self._schedule.omit_rest()
        waiting = sorted(self._pausing | {i for i in self._runnable if i in self._steps})
        self._pausing.clear()
        self._runnable.clear()
        for index in waiting:
            self._finish(index, Outcome(FAILED, self.message))

    def _after(self, seconds: float, action: Callable[[], None]) -> None:
        heapq.heappush(self._timers, (time.monotonic() + seconds, next(self._serial), action))

    def _seconds_to_next_timer(self) -> Optional[float]:
        return self._timers[0][0] - time.monotonic() if self._timers else None

    def _run_timers(self) -> None:
        while self._timers and self._timers[0][0] <= time.monotonic():
            heapq.heappop(self._timers)[2]()
