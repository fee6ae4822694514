"""Handles requests about recurring runs."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from kfp_server import cron
from kfp_server.clock import now, rfc3339
from kfp_server.errors import ApiError, invalid
from kfp_server.listing import page_of
from kfp_server.messages import Request
from kfp_server.parameters import expand, merged
from kfp_server.references import reference, referred, without_defaults
from kfp_server.runs_api import RunsApi, source_of, written_spec
from kfp_server.store import Job, Run, Store


class JobsApi:
    """Keeps recurring runs; they start runs when :meth:`fire` is called, not by time."""

    def __init__(self, store: Store, runs: RunsApi, multi_user: bool, latest_version: bool) -> None:
        self._store = store
        self._runs = runs
        self._multi_user = multi_user
        self._latest_version = latest_version

    def create(self, request: Request) -> dict[str, Any]:
        body = request.json
        if not body.get("name"):
            raise invalid("Recurring run name is empty. Please specify a valid name")
        experiment_id = referred(body, "EXPERIMENT", "OWNER")
        if not experiment_id:
            raise invalid("Job must have an experiment.")
        self._store.experiment(experiment_id)
        trigger = body.get("trigger") or {}
        if "cron_schedule" in trigger:
            cron.check(trigger["cron_schedule"].get("cron", ""))
        concurrency = int(body.get("max_concurrency", 0))
        if not 1 <= concurrency <= 10:
            raise invalid(f"The max concurrency of the job must be 1 to 10, got {concurrency}")
        self._pin_version(body)
        workflow, pipeline_id, version_id = source_of(self._store, body)
        given = (body.get("pipeline_spec") or {}).get("parameters") or []
        merged(workflow, given, unknown_status=400)
        job = Job(
            name=body["name"],
            experiment_id=experiment_id,
            workflow=workflow,
            parameters=given,
            trigger=trigger,
            max_concurrency=concurrency,
            enabled=body.get("enabled", False),
            no_catchup=body.get("no_catchup", False),
            description=body.get("description", ""),
            service_account=body.get("service_account", ""),
            pipeline_id=self._runs.written_id(body, pipeline_id),
            version_id=version_id,
        )
        try:
            self._store.database.store("DisplayName", job.name, job.description)
            self._store.database.store("Parameters", job.parameters)
            self._store.database.store("WorkflowSpecManifest", job.workflow)
        except ApiError:
            self._store.unlisted_jobs.append(job)
            raise
        self._store.jobs[job.id] = job
        return self._written(job)

    def _pin_version(self, body: dict[str, Any]) -> None:
        """Returns the default version of a pipeline without a version, or the latest from 2.0 on."""
        pipeline_id = (body.get("pipeline_spec") or {}).get("pipeline_id", "")
        if (
            self._latest_version
            and pipeline_id
            and not referred(body, "PIPELINE_VERSION", "CREATOR")
        ):
            latest = self._store.versions_of(pipeline_id)[-1]
            body.setdefault("resource_references", []).append(
                reference("PIPELINE_VERSION", latest.id, "CREATOR")
            )

    def list(self, request: Request) -> dict[str, Any]:
        kind = request.query.get("resource_reference_key.type", "UNKNOWN_RESOURCE_TYPE")
        key = request.query.get("resource_reference_key.id", "")
        if self._multi_user and not key:
            raise invalid("ListJobs must filter by resource reference in multi-user mode.")
        rows = list(self._store.jobs.values())
        if kind == "EXPERIMENT":
            rows = [job for job in rows if job.experiment_id == key]
        if kind == "NAMESPACE":
            rows = [j for j in rows if self._store.experiment(j.experiment_id).namespace == key]
        page, total, token = page_of(rows, request.query)
        return without_defaults(
            {
                "jobs": [self._written(job) for job in page],
                "total_size": total,
                "next_page_token": token,
            }
        )

    def get(self, request: Request, key: str) -> dict[str, Any]:
        return self._written(self._store.job(key))

    def delete(self, request: Request, key: str) -> dict[str, Any]:
        self._store.job(key)
        del self._store.jobs[key]
        return {}

    def set_enabled(self, key: str, enabled: bool) -> dict[str, Any]:
        self._store.job(key).enabled = enabled
        return {}

    def fire(self, job_id: str, scheduled: dt.datetime) -> Run:
        """Creates the run of one tick; macros are only expanded in explicit parameters."""
        job = self._store.job(job_id)
        job.runs += 1
        workflow = json.loads(json.dumps(job.workflow))
        # Only the workflow's spec is kept: labels and annotations are lost.
        workflow["metadata"] = {"generateName": f"{job.name.lower().replace(' ', '')[:20]}-"}
        run = Run(
            name=f"{job.name}-{job.runs}",
            experiment_id=job.experiment_id,
            workflow=workflow,
            parameters=[],
            service_account=job.service_account,
            # Before 2.0, the agent knows the recurring run, but not what it runs.
            pipeline_id=job.pipeline_id if self._runs.names_source else "",
            version_id=job.version_id,
            job_id=job.id,
        )
        explicit = [
            {**p, "value": expand(p.get("value", ""), run.id, now(), job.runs, scheduled)}
            for p in job.parameters
        ]
        run.parameters = merged(workflow, explicit, unknown_status=400)
        return self._runs.submit(run)

    def _written(self, job: Job) -> dict[str, Any]:
        experiment = self._store.experiment(job.experiment_id)
        references = [reference("EXPERIMENT", job.experiment_id, name=experiment.name)]
        if job.version_id:
            references.append(reference("PIPELINE_VERSION", job.version_id, "CREATOR"))
        return without_defaults(
            {
                "id": job.id,
                "name": job.name,
                "description": job.description,
                "pipeline_spec": written_spec(job),
                "resource_references": references,
                "service_account": job.service_account,
                # int64 is sent as a string.
                "max_concurrency": str(job.max_concurrency),
                "trigger": job.trigger,
                "mode": "ENABLED" if job.enabled else "DISABLED",
                "created_at": rfc3339(job.created_at),
                "updated_at": rfc3339(job.created_at),
                "status": "Enabled" if job.enabled else "Disabled",
                "enabled": job.enabled,
                "no_catchup": job.no_catchup,
            }
        )
