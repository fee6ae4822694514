"""Calls the API over plain HTTP, for tests of the server itself."""

from __future__ import annotations

import json
from typing import Any

import requests
import yaml

from kfp_server.server import KfpServer

API = "/apis/v1beta1"


def get(server: KfpServer, path: str, **query: str) -> requests.Response:
    return requests.get(f"{server.url}{API}{path}", params=query, timeout=5)


def post(server: KfpServer, path: str, body: Any = None) -> requests.Response:
    return requests.post(f"{server.url}{API}{path}", json=body, timeout=5)


def upload(server: KfpServer, workflow: Any, name: str = "demo", **query: str) -> requests.Response:
    path = "upload_version" if "pipelineid" in query else "upload"
    text = workflow if isinstance(workflow, str) else yaml.safe_dump(workflow)
    return requests.post(
        f"{server.url}{API}/pipelines/{path}",
        params={"name": name, **query},
        files={"uploadfile": ("pipeline.yaml", text)},
        timeout=5,
    )


def experiment(server: KfpServer, name: str = "exp") -> str:
    return str(post(server, "/experiments", {"name": name}).json()["id"])


def run_body(experiment_id: str, workflow: Any, **parameters: str) -> dict[str, Any]:
    return {
        "name": "a run",
        "pipeline_spec": {
            "workflow_manifest": json.dumps(workflow),
            "parameters": [{"name": k, "value": v} for k, v in parameters.items()],
        },
        "resource_references": [
            {"key": {"type": "EXPERIMENT", "id": experiment_id}, "relationship": "OWNER"}
        ],
    }


def job_body(server: KfpServer, cron: str, version_id: str, **parameters: str) -> dict[str, Any]:
    body = run_body(experiment(server, cron), {}, **parameters)
    del body["pipeline_spec"]["workflow_manifest"]
    body["resource_references"].append(
        {"key": {"type": "PIPELINE_VERSION", "id": version_id}, "relationship": "CREATOR"}
    )
    return {
        **body,
        "max_concurrency": 1,
        "enabled": True,
        "trigger": {"cron_schedule": {"cron": cron}},
    }
