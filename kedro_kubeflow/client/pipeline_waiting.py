"""Waits for a run of a pipeline to succeed, or for one step of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Optional

from kedro_kubeflow.client.api import Api
from kedro_kubeflow.client.links import Links
from kedro_kubeflow.client.pipeline_runs import PipelineRuns
from kedro_kubeflow.client.pipelines import Pipelines
from kedro_kubeflow.client.polling import Poller, Trouble
from kedro_kubeflow.client.snapshots import PipelineSnapshot
from kedro_kubeflow.client.waiting import read_run
from kedro_kubeflow.errors import ServerRefusedError, StepError, suggest

_LONGEST_HINT = 500


@dataclass(frozen=True)
class PipelineWait:
    """Which run to wait for, and how long.

    Attributes:
        pipeline: Name of an uploaded pipeline.
        since: The earliest time at which the run may have been created.
        timeout: Seconds to wait.
        task: A step whose success is enough, by its name in the interface or its task's name; None for the whole run.
        must_exist: Whether it is an error if there is no such pipeline.
        own_run: Id of the run that waits, or empty.
    """

    pipeline: str
    since: dt.datetime
    timeout: float
    task: Optional[str] = None
    must_exist: bool = True
    own_run: str = ""


class PipelinePoller(Poller[PipelineSnapshot]):
    """Waits for a run of a pipeline.

    It stays with the run that it has found first: a pipeline that starts again before its last run has ended would
    otherwise never be done. Only if that run fails does it turn to a newer one.
    """

    def __init__(
        self, api: Api, links: Links, pipelines: Pipelines, runs: PipelineRuns, wait: PipelineWait
    ) -> None:
        super().__init__(api.policy, wait.timeout, PipelineSnapshot())
        self._api = api
        self._links = links
        self._pipelines = pipelines
        self._runs = runs
        self._wait = wait
        self._run_id = ""

    def _poll(self) -> PipelineSnapshot:
        snapshot = self._snapshot(self._run_id) if self._run_id else PipelineSnapshot()
        if snapshot.run is not None and not snapshot.failed:
            return snapshot
        newest, remark = self._newest()
        if newest and newest != self._run_id:
            self._run_id, self._polls_after_end = newest, 0
            return self._snapshot(newest)
        return snapshot if snapshot.run else replace(snapshot, remark=remark)

    def _fatal(self, error: Trouble, failing_seconds: float) -> Optional[Trouble]:
        # A server that has answered once is waited for until the deadline.
        refused = isinstance(error, ServerRefusedError)
        if refused:
            # The run may have been deleted, and there may be another one.
            self._run_id = ""
        if refused and not self._answered:
            return error
        limited = refused or not self._answered
        return error if limited and failing_seconds > self._policy.patience else None

    def _newest(self) -> tuple[str, str]:
        """Returns the id of the newest run that counts, or an empty id and why there is none."""
        name, since = self._wait.pipeline, self._wait.since
        self._api.server  # noqa: B018 - checks the server
        pipeline = self._pipelines.find(name)
        if pipeline is None:
            if self._wait.must_exist:
                raise StepError(self._no_such_pipeline())
            return "", f"there is no pipeline {name!r} yet"
        run = self._runs.newest(pipeline, since)
        if run is None:
            return (
                "",
                f"there is no run of it yet that was created since {since:%Y-%m-%dT%H:%M:%SZ}",
            )
        if run.id == self._wait.own_run:
            raise StepError(
                f"this run is itself a run of the pipeline {name!r} and would wait for itself: remove the pipeline "
                "from run_config.external_dependencies"
            )
        return str(run.id), ""

    def _no_such_pipeline(self) -> str:
        name = self._wait.pipeline
        hint = suggest(name, [item.name for item in self._pipelines.all()])
        if len(hint) > _LONGEST_HINT:
            hint = f"{hint[:_LONGEST_HINT]}…"
        return (
            f"there is no pipeline {name!r} on {self._api.host}; {hint}. Upload it, correct the name in "
            "run_config.external_dependencies, or set check_existence: false there to wait until it exists"
        )

    def _snapshot(self, run_id: str) -> PipelineSnapshot:
        run = read_run(self._api, self._links, run_id)
        task = self._wait.task
        if task is None or not run.steps:
            return PipelineSnapshot(run)
        for step in run.steps:
            if task in (step.name, step.task):
                return PipelineSnapshot(run, step)
        known = {name for step in run.steps for name in (step.name, step.task)}
        raise StepError(
            f"the run {run.name!r} ({run.link}) has no step {task!r}; {suggest(task, known)}"
        )
