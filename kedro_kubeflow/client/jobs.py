"""Creates recurring runs.

The old schedule is only deleted once the new one exists: whatever fails in between, runs are still
started.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Optional

from kedro_kubeflow.argo import check_cron
from kedro_kubeflow.client.api import Api, required
from kedro_kubeflow.client.experiments import Experiments
from kedro_kubeflow.client.failures import Refusal
from kedro_kubeflow.client.links import Links
from kedro_kubeflow.client.pipelines import Pipelines
from kedro_kubeflow.client.records import JOB, present
from kedro_kubeflow.client.resources import (
    reference,
    referring_to,
    refuse_unstorable,
    source_of,
)
from kedro_kubeflow.client.run_parameters import given_parameters
from kedro_kubeflow.errors import InputError, ServerError

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Schedule:
    """What runs, and when.

    Attributes:
        pipeline_name: The pipeline whose latest version runs; the version is fixed now.
        experiment_name: The experiment of the runs.
        job_name: Name of the recurring run; an older one of this name in the experiment is replaced.
        cron: Six fields, seconds first, in the time zone of Kubeflow's controller, usually UTC.
        parameters: Values by name, as strings. Macros such as ``[[ScheduledTime.2006-01-02]]`` are
            only expanded here.
        start: Earliest time of a run; UTC if it has no time zone.
        description: Shown in the interface.
        service_account: Kubernetes service account of the pods.
        catch_up: Whether missed runs are started later.
        max_concurrency: Maximum number of concurrent runs, 1 to 10.
    """

    pipeline_name: str
    experiment_name: str
    job_name: str
    cron: str
    parameters: Optional[Mapping[str, str]] = None
    start: Optional[dt.datetime] = None
    description: str = ""
    service_account: Optional[str] = None
    catch_up: bool = False
    max_concurrency: int = 1


@dataclass(frozen=True)
class RecurringRun:
    """A recurring run that was just created.

    Attributes:
        replaced: Ids of the deleted older ones of this name and pipeline.
        link: Opens it in Kubeflow's interface.
    """

    job_id: str
    name: str
    cron: str
    pipeline_name: str
    version_id: str
    version_name: str
    experiment_id: str
    experiment_name: str
    replaced: tuple[str, ...]
    link: str
    experiment_link: str


class Jobs:
    """The recurring runs of a server, which its API calls jobs."""

    def __init__(
        self, api: Api, links: Links, experiments: Experiments, pipelines: Pipelines
    ) -> None:
        self._api = api
        self._links = links
        self._experiments = experiments
        self._pipelines = pipelines

    def schedule(self, schedule: Schedule) -> RecurringRun:
        """See :meth:`KubeflowClient.schedule`."""
        refuse_unstorable(
            experiment_name=schedule.experiment_name,
            name_of_the_recurring_run=schedule.job_name,
            description=schedule.description,
        )
        cron = check_cron(schedule.cron)
        self._api.server  # noqa: B018 - checks the server
        pipeline = self._pipelines.find(schedule.pipeline_name)
        if pipeline is None:
            raise InputError(
                f"there is no pipeline {schedule.pipeline_name!r} on {self._api.host}; upload it "
                "first with `kedro kubeflow upload-pipeline`"
            )
        version = self._pipelines.latest_version(pipeline)
        required(version and version.id, "version", f"cannot schedule {pipeline.name!r}")
        defaults = {p.name: p.value or "" for p in version.parameters or ()}
        given = given_parameters(schedule.parameters, defaults)
        experiment_id = self._experiments.ensure(schedule.experiment_name)
        rows = self._of_name(schedule.job_name, experiment_id)
        old = tuple(row.id for row in self._of_pipeline(rows, pipeline))
        body = _body(schedule, cron, given, experiment_id, pipeline, version)
        job = self._create(body, experiment_id, {row.id for row in rows})
        if old:
            self._read_back(job)
            self._delete(old, job, schedule.job_name)
        return RecurringRun(
            job_id=job.id,
            name=schedule.job_name,
            cron=cron,
            pipeline_name=pipeline.name,
            version_id=version.id,
            version_name=version.name or "",
            experiment_id=experiment_id,
            experiment_name=schedule.experiment_name,
            replaced=old,
            link=self._links.recurring_run(job.id),
            experiment_link=self._links.experiment(experiment_id),
        )

    def _of_name(self, name: str, experiment_id: str) -> list[Any]:
        rows = self._api.pages(
            f"cannot list the recurring runs of the experiment {experiment_id}",
            JOB,
            "jobs",
            **referring_to("EXPERIMENT", experiment_id),
        )
        return [row for row in rows if row.name == name and row.id]

    def _of_pipeline(self, rows: Sequence[Any], pipeline: Any) -> Iterator[Any]:
        """Yields the recurring runs of a pipeline; another pipeline may use the same name."""
        if not rows:
            return
        versions = {pipeline.id, *(item.id for item in self._pipelines.versions(pipeline))}
        for row in rows:
            known, version = source_of(row)
            if known == pipeline.id or version in versions:
                yield row
            else:
                logger.warning(
                    "the recurring run %s has the name %r, too, and is kept: it runs another pipeline",
                    self._links.recurring_run(row.id),
                    row.name,
                )

    def _read_back(self, job: Any) -> None:
        """Makes sure that the server has the new recurring run before an older one is deleted."""
        purpose = (
            f"the recurring run {job.name!r} was created ({self._links.recurring_run(job.id)}), but it cannot be read; "
            "the previous schedule is unchanged"
        )
        found = self._api.read(purpose, lambda: self._api.rest.get(JOB, "jobs", job.id))
        required(found and found.id == job.id, "such recurring run", purpose)

    def _create(self, body: Mapping[str, Any], experiment_id: str, known: Collection[str]) -> Any:
        name = body["name"]
        purpose = f"cannot create the recurring run {name!r}"

        def find() -> Any:
            rows = self._of_name(name, experiment_id)
            new = [row for row in rows if row.id not in known]
            return new[0] if len(new) == 1 else None

        job = self._api.write(
            purpose,
            lambda: self._api.rest.create(JOB, body, "jobs"),
            find,
            # The server accepts any number of recurring runs with the same name.
            repeatable=False,
            advice=(
                "the previous schedule is unchanged; check "
                f"{self._links.experiment(experiment_id)} before you try again"
            ),
            # It creates the schedule in Kubernetes before it writes to its database.
            advice_on_fault=(
                "the server may have left a schedule that starts runs and is listed nowhere: "
                "`kubectl get scheduledworkflows -A` shows it, `kubectl delete scheduledworkflow` ends it"
            ),
        )
        required(job and job.id, "id of a recurring run", purpose)
        return job

    def _delete(self, old: tuple[str, ...], job: Any, name: str) -> None:
        for job_id in old:
            purpose = f"cannot delete the older recurring run {job_id}"
            try:
                self._api.read(purpose, lambda job_id=job_id: self._gone(job_id))  # type: ignore[misc]
            except ServerError as err:
                raise type(err)(
                    f"the recurring run {name!r} was created ({self._links.recurring_run(job.id)}), but "
                    f"an older one of this name still exists and runs too: {err}; delete it at "
                    f"{self._links.recurring_run(job_id)}"
                ) from err
            logger.info("Deleted the older recurring run %s with the name %s", job_id, name)

    def _gone(self, job_id: str) -> None:
        """Deletes a recurring run. It may already be gone, if an earlier response was lost."""
        try:
            self._api.rest.delete("jobs", job_id)
        except Refusal as err:
            if err.status != 404:
                raise


def _body(
    schedule: Schedule, cron: str, given: Any, experiment_id: str, pipeline: Any, version: Any
) -> dict[str, Any]:
    start = schedule.start
    if start is not None and start.tzinfo is None:
        start = start.replace(tzinfo=dt.timezone.utc)
    return present(
        name=schedule.job_name,
        description=schedule.description or None,
        pipeline_spec=present(pipeline_id=pipeline.id, parameters=given or None),
        resource_references=[
            reference("EXPERIMENT", experiment_id),
            reference("PIPELINE_VERSION", version.id, "CREATOR"),
        ],
        trigger={
            "cron_schedule": present(
                cron=cron,
                start_time=start.astimezone(dt.timezone.utc).isoformat() if start else None,
            )
        },
        max_concurrency=schedule.max_concurrency,
        enabled=True,
        no_catchup=not schedule.catch_up,
        service_account=schedule.service_account,
    )
