"""An uploaded pipeline in, its newest run on the server out.

What a run tells of its pipeline differs. One that was started from a version refers to the version, and since 2.0 has
the pipeline's id too. One that a recurring run has made refers to that alone on servers before 2.0, so the recurring
run is asked. One that brought its workflow with it, as ``run-once`` does, belongs to no pipeline.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from kedro_kubeflow.client.api import Api
from kedro_kubeflow.client.experiments import Experiments
from kedro_kubeflow.client.failures import Refusal
from kedro_kubeflow.client.pipelines import Pipelines
from kedro_kubeflow.client.resources import referred, referring_to

_PAGE_SIZE = 20
"""Each row brings a whole workflow with it, and the run that is looked for is among the newest."""


class PipelineRuns:
    """The runs of uploaded pipelines on one server."""

    def __init__(self, api: Api, experiments: Experiments, pipelines: Pipelines) -> None:
        self._api = api
        self._experiments = experiments
        self._pipelines = pipelines
        self._jobs: dict[str, tuple[str, str]] = {}

    def newest(self, pipeline: Any, since: dt.datetime) -> Any:
        """Gives the newest run of a pipeline, or None.

        Args:
            pipeline: As the API gives it.
            since: When it must have been created at the earliest.

        Raises:
            InputError: A multi-user server, and no namespace.
            ServerError: It cannot be told.
        """
        versions = {pipeline.id, *(row.id for row in self._pipelines.versions(pipeline))}
        for run in self._since(since, pipeline.name):
            if self._belongs(run, pipeline.id, versions):
                return run
        return None

    def _since(self, since: dt.datetime, name: str) -> Iterator[Any]:
        """Gives the runs of all pipelines, newest first."""
        rows = self._api.pages(
            f"cannot look for the runs of the pipeline {name!r}",
            self._api.runs.list_runs,
            "runs",
            page_size=_PAGE_SIZE,
            sort_by="created_at desc",
            **self._owner,
        )
        for run in rows:
            if run.created_at is not None and run.created_at < since:
                return
            yield run

    @cached_property
    def _owner(self) -> dict[str, Any]:
        namespace = self._experiments.namespace
        return referring_to("NAMESPACE", namespace) if namespace else {}

    def _belongs(self, run: Any, pipeline_id: str, versions: set[str]) -> bool:
        known, version = _source(run)
        job = referred(run, "JOB")
        if not (known or version) and job:
            known, version = self._source_of_job(job)
        return known == pipeline_id or version in versions

    def _source_of_job(self, job_id: str) -> tuple[str, str]:
        if job_id not in self._jobs:
            purpose = f"cannot see the recurring run {job_id}"
            self._jobs[job_id] = self._api.read(purpose, lambda: self._ask_job(job_id))
        return self._jobs[job_id]

    def _ask_job(self, job_id: str) -> tuple[str, str]:
        try:
            return _source(self._api.jobs.get_job(job_id))
        except Refusal as err:
            # It was deleted meanwhile, and nothing else tells which pipeline its runs were of.
            if err.status == 404 and err.own_words:
                return "", ""
            raise


def _source(row: Any) -> tuple[str, str]:
    """Gives the ids of pipeline and version that a run or recurring run names itself; empty where it names none."""
    spec = row.pipeline_spec
    pipeline = (spec.pipeline_id if spec else "") or referred(row, "PIPELINE")
    return pipeline, referred(row, "PIPELINE_VERSION")
