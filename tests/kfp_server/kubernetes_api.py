"""Serves the part of the Kubernetes API that lists pods and reads their logs, on loopback."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kfp_server.http_server import LoopbackServer
from kfp_server.messages import Answer, Request, json_answer


@dataclass
class Pod:
    """A pod of a workflow, and the log of its main container."""

    name: str
    namespace: str
    workflow: str
    node_name: str
    log: str = ""
    reason: str = ""
    labels: dict[str, str] = field(default_factory=dict)


class KubernetesApi(LoopbackServer):
    """Serves ``pods`` to requests with ``token``."""

    def __init__(self, token: str = "kubernetes-token") -> None:
        self.pods: list[Pod] = []
        self.token = token
        super().__init__(self._respond)

    def write_kubeconfig(self, folder: Path) -> Path:
        path = folder / "kubeconfig"
        path.write_text(
            json.dumps(
                {
                    "apiVersion": "v1",
                    "kind": "Config",
                    "current-context": "test",
                    "clusters": [{"name": "test", "cluster": {"server": self.url}}],
                    "users": [{"name": "test", "user": {"token": self.token}}],
                    "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
                }
            )
        )
        return path

    def _respond(self, request: Request) -> Answer:
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return _failure(401, "Unauthorized")
        found = re.fullmatch(r"/api/v1/namespaces/([^/]+)/pods(?:/([^/]+)/log)?", request.path)
        if not found:
            return _failure(404, "not found")
        namespace, name = found.groups()
        pods = [pod for pod in self.pods if pod.namespace == namespace]
        if name is None:
            selector = request.query.get("labelSelector", "")
            wanted = [p for p in pods if selector == f"workflows.argoproj.io/workflow={p.workflow}"]
            listed = [_written(pod) for pod in wanted]
            return json_answer({"kind": "PodList", "apiVersion": "v1", "items": listed})
        for pod in pods:
            if pod.name == name:
                if pod.reason:
                    return _failure(
                        400,
                        f'container "main" in pod "{name}" is waiting to start: {pod.reason}',
                    )
                return Answer(200, pod.log.encode(), "text/plain")
        return _failure(404, f'pods "{name}" not found')


def _written(pod: Pod) -> dict[str, Any]:
    return {
        "metadata": {
            "name": pod.name,
            "namespace": pod.namespace,
            "labels": {"workflows.argoproj.io/workflow": pod.workflow, **pod.labels},
            "annotations": {"workflows.argoproj.io/node-name": pod.node_name},
        },
        "spec": {"containers": [{"name": "main"}, {"name": "wait"}]},
        "status": {"phase": "Succeeded"},
    }


def _failure(code: int, message: str) -> Answer:
    return json_answer(
        {"kind": "Status", "status": "Failure", "message": message, "code": code}, code
    )
