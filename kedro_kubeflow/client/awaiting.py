"""A pipeline's name in; what is seen of its newest run, as it changes, out, until it ends or the time is over."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Optional

from kedro_kubeflow.client.api import Api
from kedro_kubeflow.client.links import Links
from kedro_kubeflow.client.pipeline_runs import PipelineRuns
from kedro_kubeflow.client.pipelines import Pipelines
from kedro_kubeflow.client.snapshots import RunSnapshot, StepSnapshot
from kedro_kubeflow.client.waiting import look_at
from kedro_kubeflow.errors import AuthenticationError, ServerError, ServerRefusedError, StepError

_POLLS_AFTER_END = 3
_NAMES_SHOWN = 5


@dataclass(frozen=True)
class Awaited:
    """The run that is waited for.

    Attributes:
        pipeline: Name of an uploaded pipeline.
        since: When the run must have been created at the earliest.
        timeout: Seconds to wait.
        task: A step whose success is enough, by the name the interface shows or its task's; None for the whole run.
        must_exist: Whether it is an error if there is no such pipeline.
        own_run: Id of the run that waits, or empty.
    """

    pipeline: str
    since: dt.datetime
    timeout: float
    task: Optional[str] = None
    must_exist: bool = True
    own_run: str = ""


@dataclass(frozen=True)
class Sight:
    """What is seen at one moment.

    Attributes:
        run: The run that is waited for, or None so far.
        step: The awaited step of it, or None.
        remark: What else there is to say: why no run is seen, or that the server does not answer.
        timed_out: Whether the time was over first.
    """

    run: Optional[RunSnapshot] = None
    step: Optional[StepSnapshot] = None
    remark: str = ""
    timed_out: bool = False

    @property
    def succeeded(self) -> bool:
        """Whether what is waited for has come about."""
        if self.step is not None:
            return self.step.phase == "Succeeded"
        return self.run is not None and self.run.succeeded

    @property
    def failed(self) -> bool:
        """Whether it will not come about in this run any more."""
        if self.run is None or self.succeeded:
            return False
        return self.run.finished or bool(self.step and self.step.failed)


class RunWatch:
    """Waits for a run of a pipeline.

    Once it has seen a run it stays with it; else a pipeline that is started anew before its last run has ended would
    keep it waiting for ever. It turns to a newer run only where the one that it is with comes to a bad end.
    """

    def __init__(
        self, api: Api, links: Links, pipelines: Pipelines, runs: PipelineRuns, awaited: Awaited
    ) -> None:
        self._api = api
        self._links = links
        self._pipelines = pipelines
        self._runs = runs
        self._awaited = awaited
        self._policy = api.policy
        self._deadline = self._policy.clock() + awaited.timeout
        self._trouble_since: Optional[float] = None
        self._answered = False
        self._run_id = ""
        self._polls_after_end = 0
        self._sight = Sight()

    def sights(self) -> Iterator[Sight]:
        """Gives what is seen whenever it changes; see :meth:`KubeflowClient.wait_for_pipeline`."""
        shown: Optional[Sight] = None
        while True:
            self._poll()
            if self._sight != shown:
                shown = self._sight
                yield shown
            if self._ended():
                return
            left = self._deadline - self._policy.clock()
            if left <= 0:
                yield replace(self._sight, timed_out=True)
                return
            self._policy.sleep(min(self._policy.first_poll, left))

    def _poll(self) -> None:
        """Looks once, and bears what may pass."""
        try:
            sight = self._see(self._run_id) if self._run_id else Sight()
            if sight.run is None or sight.failed:
                newest, remark = self._newest()
                if newest and newest != self._run_id:
                    self._run_id, self._polls_after_end = newest, 0
                    sight = self._see(newest)
                elif sight.run is None:
                    sight = replace(sight, remark=remark)
        except AuthenticationError:
            raise
        except ServerError as err:
            sight = replace(self._sight, remark=self._bear(err))
        else:
            self._answered, self._trouble_since = True, None
        self._sight = sight

    def _newest(self) -> tuple[str, str]:
        """Gives the id of the newest run that counts, or why there is none."""
        name, since = self._awaited.pipeline, self._awaited.since
        self._api.server  # noqa: B018 - asks whether the server is there
        pipeline = self._pipelines.find(name)
        if pipeline is None:
            if self._awaited.must_exist:
                raise StepError(self._no_such_pipeline())
            return "", f"there is no pipeline {name!r} yet"
        run = self._runs.newest(pipeline, since)
        if run is None:
            return (
                "",
                f"there is no run of it yet that was created since {since:%Y-%m-%dT%H:%M:%SZ}",
            )
        if run.id == self._awaited.own_run:
            raise StepError(
                f"this run is itself one of the pipeline {name!r}, and would wait for its own end: take it out of "
                "run_config.external_dependencies"
            )
        return str(run.id), ""

    def _no_such_pipeline(self) -> str:
        name = self._awaited.pipeline
        known = [item.name for item in self._pipelines.all()]
        near = difflib.get_close_matches(name, known, n=_NAMES_SHOWN)
        hint = f"the nearest: {', '.join(map(repr, near))}" if near else "no name is near"
        return (
            f"there is no pipeline {name!r} on {self._api.host}; {hint}. Upload it, mend the name in "
            "run_config.external_dependencies, or set check_existence: false there to wait for it to come"
        )

    def _see(self, run_id: str) -> Sight:
        run = look_at(self._api, self._links, run_id)
        task = self._awaited.task
        if task is None or not run.steps:
            return Sight(run)
        for step in run.steps:
            if task in (step.name, step.task):
                return Sight(run, step)
        known = list(dict.fromkeys(name for step in run.steps for name in (step.name, step.task)))
        near = difflib.get_close_matches(task, known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}"
        raise StepError(f"the run {run.name!r} ({run.link}) has no step {task!r}; {hint}")

    def _bear(self, err: ServerError) -> str:
        """Takes trouble with patience: until the end where the server has answered before."""
        now = self._policy.clock()
        if self._trouble_since is None:
            self._trouble_since = now
        refused = isinstance(err, ServerRefusedError)
        if refused:
            # The run may be gone, and another one there.
            self._run_id = ""
        if not self._answered and refused:
            raise err
        lasting = refused or not self._answered
        if lasting and now - self._trouble_since > self._policy.patience:
            raise err
        return f"the server gives no answer now: {err}"

    def _ended(self) -> bool:
        sight = self._sight
        if sight.succeeded or not sight.failed:
            return sight.succeeded
        if sight.run is not None and sight.run.explanation:
            return True
        # The status may be a moment ahead of the nodes that say why.
        self._polls_after_end += 1
        return self._polls_after_end > _POLLS_AFTER_END
