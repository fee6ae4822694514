"""What the API server keeps: experiments, pipelines and their versions, runs, recurring runs."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Optional, TypeVar

from kfp_server.clock import now
from kfp_server.database import Database
from kfp_server.errors import ApiError, not_found


def new_id() -> str:
    return str(uuid.uuid4())


@dataclass
class Experiment:
    name: str
    namespace: str = ""
    description: str = ""
    id: str = field(default_factory=new_id)
    created_at: dt.datetime = field(default_factory=now)


@dataclass
class Version:
    pipeline_id: str
    name: str
    workflow: dict[str, Any]
    description: str = ""
    id: str = field(default_factory=new_id)
    created_at: dt.datetime = field(default_factory=now)
    order: int = 0

    @property
    def parameters(self) -> list[dict[str, str]]:
        """The workflow's parameters as names and values."""
        listed = self.workflow["spec"].get("arguments", {}).get("parameters", [])
        return [{"name": p["name"], "value": str(p.get("value", ""))} for p in listed]


@dataclass
class Pipeline:
    name: str
    description: str = ""
    id: str = field(default_factory=new_id)
    created_at: dt.datetime = field(default_factory=now)
    default_version_id: str = ""


@dataclass
class Run:
    name: str
    experiment_id: str
    workflow: dict[str, Any]
    parameters: list[dict[str, str]]
    description: str = ""
    service_account: str = ""
    pipeline_id: str = ""
    version_id: str = ""
    job_id: str = ""
    id: str = field(default_factory=new_id)
    created_at: dt.datetime = field(default_factory=now)
    finished_at: Optional[dt.datetime] = None
    status: str = ""
    nodes: dict[str, dict[str, Any]] = field(default_factory=dict)
    message: str = ""
    terminate: threading.Event = field(default_factory=threading.Event)
    done: threading.Event = field(default_factory=threading.Event)
    workflow_phase: str = ""


@dataclass
class Job:
    name: str
    experiment_id: str
    workflow: dict[str, Any]
    parameters: list[dict[str, str]]
    trigger: dict[str, Any]
    max_concurrency: int
    enabled: bool
    no_catchup: bool = False
    description: str = ""
    service_account: str = ""
    pipeline_id: str = ""
    version_id: str = ""
    id: str = field(default_factory=new_id)
    created_at: dt.datetime = field(default_factory=now)
    runs: int = 0


Row = TypeVar("Row")


class Store:
    """All tables, and the lock that protects them."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.experiments: dict[str, Experiment] = {}
        self.pipelines: dict[str, Pipeline] = {}
        self.versions: dict[str, Version] = {}
        self.runs: dict[str, Run] = {}
        self.jobs: dict[str, Job] = {}
        self.unlisted_jobs: list[Job] = []
        """Their ScheduledWorkflow was created before the database refused them: they fire all the same."""
        self.database = Database()

    def experiment(self, experiment_id: str) -> Experiment:
        return _get(self.experiments, experiment_id, "Experiment")

    def pipeline(self, pipeline_id: str) -> Pipeline:
        return _get(self.pipelines, pipeline_id, "Pipeline")

    def version(self, version_id: str) -> Version:
        return _get(self.versions, version_id, "PipelineVersion")

    def run(self, run_id: str) -> Run:
        return _get(self.runs, run_id, "Run")

    def job(self, job_id: str) -> Job:
        return _get(self.jobs, job_id, "Job")

    def versions_of(self, pipeline_id: str) -> list[Version]:
        """Returns a pipeline's versions, oldest first."""
        found = (v for v in self.versions.values() if v.pipeline_id == pipeline_id)
        return sorted(found, key=lambda version: version.order)


def _get(table: dict[str, Row], key: str, kind: str) -> Row:
    try:
        return table[key]
    except KeyError:
        raise not_found(kind, key) from None


def refuse_duplicate(name: str, taken: Iterable[str], kind: str, status: int) -> None:
    """Raises a refusal if a name exists; MySQL ignores case."""
    if name.lower() in {other.lower() for other in taken}:
        raise ApiError(
            status,
            6,
            f"Failed to create a new {kind}. The name {name} already exist. "
            "Please specify a new name.",
        )
