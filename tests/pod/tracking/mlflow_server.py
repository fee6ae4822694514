"""The address of an MLflow server in, what it knows of its runs out, over its REST interface alone."""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass
from typing import Any
from urllib.request import Request, urlopen


@dataclass(frozen=True)
class MlflowRun:
    """A run, as the server tells it."""

    id: str
    name: str
    status: str
    params: dict[str, str]
    metrics: dict[str, float]
    tags: dict[str, str]


@dataclass(frozen=True)
class MlflowServer:
    """A server that is up.

    Attributes:
        url: its address.
    """

    url: str

    def call(self, path: str, body: Any = None) -> Any:
        request = Request(f"{self.url}/api/2.0/mlflow/{path}")
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        with urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def runs(self, experiment: str) -> list[MlflowRun]:
        """Gives all runs of an experiment, deleted ones too."""
        found = self.call(f"experiments/get-by-name?experiment_name={experiment}")
        answer = self.call(
            "runs/search",
            {
                "experiment_ids": [found["experiment"]["experiment_id"]],
                "run_view_type": "ALL",
                "max_results": 100,
            },
        )
        return [_run(item) for item in answer.get("runs", ())]

    def only_run(self, experiment: str) -> MlflowRun:
        """Gives the run of an experiment that has one."""
        (run,) = self.runs(experiment)
        return run

    def artifacts(self, run: MlflowRun) -> list[str]:
        """Gives the paths at the top of a run's artifacts."""
        answer = self.call(f"artifacts/list?run_id={run.id}")
        return sorted(item["path"] for item in answer.get("files", ()))


def free_port() -> int:
    """Finds a port of loopback that nobody uses."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _run(told: Any) -> MlflowRun:
    info, data = told["info"], told["data"]
    tags = {item["key"]: item["value"] for item in data.get("tags", ())}
    return MlflowRun(
        id=info["run_id"],
        name=tags.get("mlflow.runName", ""),
        status=info["status"],
        params={item["key"]: item["value"] for item in data.get("params", ())},
        metrics={item["key"]: item["value"] for item in data.get("metrics", ())},
        tags=tags,
    )
