"""Handles requests about runs, and executes submitted workflows."""

from __future__ import annotations

import base64
import json
import random
import string
from typing import Any, Optional, Union

from kfp_server.clock import NEVER, now, rfc3339
from kfp_server.errors import ApiError, invalid, not_found
from kfp_server.execution import Agent, start
from kfp_server.listing import page_of
from kfp_server.manifest import stored_form
from kfp_server.messages import Request
from kfp_server.parameters import expand, merged
from kfp_server.references import reference, referred, without_defaults
from kfp_server.simulation import Executor
from kfp_server.store import Job, Run, Store

RUN_FIELDS = frozenset(
    "id name storage_state description pipeline_spec resource_references service_account created_at scheduled_at "
    "finished_at status error metrics".split()
)
"""Of a run in the API; servers from 2.14 on refuse others."""
ENDED = ("Succeeded", "Failed", "Error", "Skipped")


class RunsApi:
    """Creates, lists, retries and terminates runs; the executor decides what they do."""

    def __init__(
        self,
        store: Store,
        executor: Executor,
        agent: Agent,
        multi_user: bool,
        first_status: str,
        names_source: bool = True,
        known_fields: Optional[frozenset[str]] = None,
    ) -> None:
        self._store = store
        self.executor = executor
        self.agent = agent
        self._multi_user = multi_user
        self._first_status = first_status
        # From 2.0 on, servers write the pipeline's id into each run and recurring run of an uploaded
        # pipeline; older ones keep what the client has sent.
        self.names_source = names_source
        self._known_fields = known_fields
        self.archived_logs: dict[tuple[str, str], bytes] = {}

    def create(self, request: Request) -> dict[str, Any]:
        body = request.json
        unknown = set(body) - (self._known_fields or set(body))
        if unknown:
            raise ApiError(400, 3, f'proto: (line 1:1): unknown field "{min(unknown)}"')
        if not body.get("name"):
            raise invalid("The run name is empty. Please specify a valid name.")
        experiment_id = referred(body, "EXPERIMENT", "OWNER")
        if not experiment_id:
            raise invalid("Run must have an experiment.")
        self._store.experiment(experiment_id)
        workflow, pipeline_id, version_id = source_of(self._store, body)
        given = (body.get("pipeline_spec") or {}).get("parameters") or []
        run = Run(
            name=body["name"],
            experiment_id=experiment_id,
            workflow=workflow,
            parameters=merged(workflow, given, unknown_status=500),
            description=body.get("description", ""),
            service_account=body.get("service_account", ""),
            pipeline_id=self.written_id(body, pipeline_id),
            version_id=version_id,
        )
        for parameter in run.parameters:
            parameter["value"] = expand(parameter["value"], run.id, now())
        database = self._store.database
        database.store("DisplayName", run.name)
        database.store("Parameters", run.parameters)
        database.store("WorkflowSpecManifest", run.workflow)
        return self.detail(self.submit(run))

    def written_id(self, body: dict[str, Any], pipeline_id: str) -> str:
        """Returns the pipeline id that the run or recurring run of a request will contain."""
        given = (body.get("pipeline_spec") or {}).get("pipeline_id", "")
        return pipeline_id if self.names_source else str(given)

    def submit(self, run: Run) -> Run:
        """Puts a run into the store and starts it."""
        text = json.dumps(run.workflow).replace("{{workflow.uid}}", run.id)
        run.workflow = json.loads(text)
        metadata = run.workflow["metadata"]
        suffix = "".join(random.choices(string.ascii_lowercase + string.digits, k=5))
        metadata.setdefault("name", f"{metadata.get('generateName', 'workflow-')}{suffix}")
        metadata["namespace"] = self._store.experiment(run.experiment_id).namespace or "kubeflow"
        metadata.setdefault("labels", {})["pipeline/runid"] = run.id
        for template in run.workflow["spec"]["templates"]:
            labels = template.setdefault("metadata", {}).setdefault("labels", {})
            labels["pipelines.kubeflow.org/cache_enabled"] = "true"
        run.workflow["spec"]["arguments"]["parameters"] = run.parameters
        spec = run.workflow["spec"]
        if spec.get("serviceAccountName", "") in ("", "pipeline-runner"):
            default = "default-editor" if self._multi_user else "pipeline-runner"
            spec["serviceAccountName"] = run.service_account or default
        run.status = self._first_status if self.agent.alive else ""
        self._store.runs[run.id] = run
        start(run, self.executor, self.agent, self._store)
        return run

    def list(self, request: Request) -> dict[str, Any]:
        kind = request.query.get("resource_reference_key.type", "UNKNOWN_RESOURCE_TYPE")
        key = request.query.get("resource_reference_key.id", "")
        if self._multi_user and not key:
            raise invalid("ListRuns must filter by resource reference in multi-user mode.")
        rows = [r for r in self._store.runs.values() if self._belongs(r, kind, key)]
        page, total, token = page_of(rows, request.query)
        return without_defaults(
            {
                "runs": [self._written(run) for run in page],
                "total_size": total,
                "next_page_token": token,
            }
        )

    def _belongs(self, run: Run, kind: str, key: str) -> bool:
        if kind == "EXPERIMENT":
            return run.experiment_id == key
        if kind == "NAMESPACE":
            return self._store.experiment(run.experiment_id).namespace == key
        return True

    def get(self, request: Request, key: str) -> dict[str, Any]:
        return self.detail(self._store.run(key))

    def retry(self, request: Request, key: str) -> dict[str, Any]:
        run = self._store.run(key)
        if run.workflow_phase not in ("Failed", "Error"):
            raise invalid("Workflow must be Failed/Error to retry")
        run.terminate.clear()
        run.status = "Running"
        run.finished_at = None
        start(run, self.executor, self.agent, self._store)
        return {}

    def end(self, request: Request, key: str) -> dict[str, Any]:
        run = self._store.run(key)
        if run.status in (*ENDED, "Terminating"):
            raise invalid(
                "Failed to terminate the run: the run is in its final state and can't be terminated"
            )
        run.status = "Terminating"
        run.terminate.set()
        return {}

    def read_artifact(self, request: Request, key: str, node: str, artifact: str) -> dict[str, Any]:
        self._store.run(key)
        data = self.archived_logs.get((node, artifact))
        if data is None:
            raise not_found("artifact", f"run_id={key},node_id={node},artifact_name={artifact}")
        return {"data": base64.b64encode(data).decode()}

    def detail(self, run: Run) -> dict[str, Any]:
        status: dict[str, Any] = {"startedAt": rfc3339(run.created_at), "finishedAt": None}
        if run.nodes:
            status.update(phase=run.workflow_phase, nodes=run.nodes)
            if run.message:
                status["message"] = run.message
        # Without the agent, the manifest stays as submitted.
        runtime = {**run.workflow, "status": status} if self.agent.alive else run.workflow
        return {
            "run": self._written(run),
            "pipeline_runtime": {"workflow_manifest": json.dumps(runtime)},
        }

    def _written(self, run: Run) -> dict[str, Any]:
        experiment = self._store.experiment(run.experiment_id)
        references = [reference("EXPERIMENT", run.experiment_id, name=experiment.name)]
        # A run of a recurring run refers only to the recurring run.
        if run.job_id:
            references.append(reference("JOB", run.job_id, "CREATOR"))
        elif run.version_id:
            references.append(reference("PIPELINE_VERSION", run.version_id, "CREATOR"))
        return without_defaults(
            {
                "id": run.id,
                "name": run.name,
                "description": run.description,
                "storage_state": "STORAGESTATE_AVAILABLE",
                "service_account": run.service_account,
                "pipeline_spec": written_spec(run),
                "resource_references": references,
                "created_at": rfc3339(run.created_at),
                "scheduled_at": NEVER,
                "finished_at": rfc3339(run.finished_at) if run.finished_at else NEVER,
                "status": run.status,
            }
        )


def written_spec(row: Union[Run, Job]) -> dict[str, Any]:
    """Returns the ``pipeline_spec`` of a run or a recurring run."""
    return without_defaults(
        {
            "pipeline_id": row.pipeline_id,
            "workflow_manifest": json.dumps(row.workflow),
            "parameters": [without_defaults(p) for p in row.parameters],
        }
    )


def source_of(store: Store, body: dict[str, Any]) -> tuple[dict[str, Any], str, str]:
    """Returns the workflow, pipeline id and version id in the request of a run or recurring run."""
    spec = body.get("pipeline_spec") or {}
    version_id = referred(body, "PIPELINE_VERSION", "CREATOR")
    pipeline_id = spec.get("pipeline_id", "")
    if spec.get("workflow_manifest"):
        if version_id or pipeline_id:
            raise invalid(
                "Please don't specify a pipeline version or pipeline ID when you specify a "
                "workflow manifest."
            )
        return _submitted(spec["workflow_manifest"]), "", ""
    if not version_id and not pipeline_id:
        raise invalid(
            "Please specify a pipeline by providing a (workflow manifest) or (pipeline id or/and "
            "pipeline version)."
        )
    version_id = version_id or _version_of(store, pipeline_id)
    version = store.version(version_id)
    if pipeline_id and version.pipeline_id != pipeline_id:
        raise invalid("The pipeline version doesn't belong to the pipeline.")
    return json.loads(json.dumps(version.workflow)), version.pipeline_id, version.id


def _version_of(store: Store, pipeline_id: str) -> str:
    return store.pipeline(pipeline_id).default_version_id


def _submitted(text: str) -> dict[str, Any]:
    workflow: Optional[dict[str, Any]]
    try:
        workflow = json.loads(text)
    except ValueError:
        workflow = None
    if not isinstance(workflow, dict) or "spec" not in workflow:
        raise ApiError(400, 3, "Invalid argo workflow format.")
    return stored_form(workflow)
