"""Finds the newest run of an uploaded pipeline.

Runs refer to their pipeline in different ways. A run that was started from a version refers to the version, and since
2.0 also contains the pipeline's id. On servers before 2.0, a run of a recurring run refers only to the recurring run,
so that one is read too. A run that was submitted with its workflow, as ``run-once`` does, belongs to no pipeline.
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
from kedro_kubeflow.client.records import JOB, RUN
from kedro_kubeflow.client.resources import referred, referring_to, source_of

_PAGE_SIZE = 20
"""Small, because each row contains a whole workflow, and the run is among the newest."""


class PipelineRuns:
    """The runs of uploaded pipelines on one server."""

    def __init__(self, api: Api, experiments: Experiments, pipelines: Pipelines) -> None:
        self._api = api
        self._experiments = experiments
        self._pipelines = pipelines
        self._jobs: dict[str, tuple[str, str]] = {}

    def newest(self, pipeline: Any, since: dt.datetime) -> Any:
        """Returns the newest run of a pipeline, or None.

        Args:
            pipeline: As the API returns it.
            since: The earliest time at which the run may have been created.

        Raises:
            InputError: The server is multi-user, and no namespace is set.
            ServerError: The runs cannot be read.
        """
        versions = {pipeline.id, *(row.id for row in self._pipelines.versions(pipeline))}
        for run in self._since(since, pipeline.name):
            if self._belongs(run, pipeline.id, versions):
                return run
        return None

    def _since(self, since: dt.datetime, name: str) -> Iterator[Any]:
        """Yields the runs of all pipelines, newest first."""
        rows = self._api.pages(
            f"cannot list the runs of the pipeline {name!r}",
            RUN,
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
        known, version = source_of(run)
        job = referred(run, "JOB")
        if not (known or version) and job:
            known, version = self._source_of_job(job)
        return known == pipeline_id or version in versions

    def _source_of_job(self, job_id: str) -> tuple[str, str]:
        if job_id not in self._jobs:
            purpose = f"cannot read the recurring run {job_id}"
            self._jobs[job_id] = self._api.read(purpose, lambda: self._ask_job(job_id))
        return self._jobs[job_id]

    def _ask_job(self, job_id: str) -> tuple[str, str]:
        try:
            return source_of(self._api.rest.get(JOB, "jobs", job_id))
        except Refusal as err:
            # It has been deleted, and nothing else says which pipeline its runs belonged to.
            if err.status == 404 and err.from_api:
                return "", ""
            raise
