"""Runs a Kubeflow Pipelines server on loopback, including its login."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable
from typing import Any, Optional, Union

from kfp_server.certificates import Certificates
from kfp_server.errors import ApiError, invalid
from kfp_server.execution import Agent
from kfp_server.experiments_api import ExperimentsApi
from kfp_server.gates import Gate, OpenGate
from kfp_server.http_server import LoopbackServer
from kfp_server.jobs_api import JobsApi
from kfp_server.messages import Answer, Request, html_answer, json_answer
from kfp_server.pipelines_api import PipelinesApi
from kfp_server.references import referred
from kfp_server.runs_api import RUN_FIELDS, RunsApi
from kfp_server.simulation import Executor, Script, Simulation
from kfp_server.store import Run, Store

Route = Callable[..., Union[Answer, dict[str, Any]]]

VERSIONS = ("1.8.5", "2.0.5", "2.5.0", "2.17.0")


class KfpServer(LoopbackServer):
    """The ``v1beta1`` API of one version, behind one gate.

    Args:
        version: One of :data:`VERSIONS`.
        multi_user: Whether experiments belong to namespaces.
        gate: Checks credentials in front of the API.
        executor: Runs the workflows (default: :class:`Simulation`, controlled by ``script``).
        certificates: If given, the server uses https.
        charset: Of its database; by default that of the version's own manifests.
    """

    def __init__(
        self,
        version: str = "1.8.5",
        *,
        multi_user: bool = False,
        gate: Optional[Gate] = None,
        executor: Optional[Executor] = None,
        certificates: Optional[Certificates] = None,
        charset: str = "",
    ) -> None:
        if version not in VERSIONS:
            raise ValueError(f"no server of version {version}; there are {VERSIONS}")
        first_line, newest = version.startswith("1."), version == "2.17.0"
        self.version = version
        self.multi_user = multi_user
        self.gate = gate or OpenGate()
        self.script = Script()
        self.agent = Agent(default_retries=newest, names_containers=newest)
        self.gateway = 2 if newest else 1
        self.v1_namespaces: Optional[set[str]] = None
        """The namespaces that may run v1 pipelines, where the administrator blocks them (from 2.16.1 on)."""
        self.store = Store()
        self.store.database.charset = charset or ("latin1" if first_line else "utf8")
        self.experiments = ExperimentsApi(self.store, multi_user)
        self.pipelines = PipelinesApi(
            self.store,
            500 if version in ("1.8.5", "2.0.5") else 409,
            names_decoded_twice=first_line,
            says_already_exist=not newest,
            longest_name=128 if newest else 100,
        )
        self.runs = RunsApi(
            self.store,
            executor or Simulation(self.script),
            self.agent,
            multi_user,
            first_status="" if first_line else "Pending",
            names_source=not first_line,
            known_fields=RUN_FIELDS if newest else None,
        )
        self.jobs = JobsApi(self.store, self.runs, multi_user, latest_version=not first_line)
        self._routes = self._table()
        super().__init__(self._respond, certificates)

    def fire(self, job_id: str, scheduled: dt.datetime) -> Run:
        """Starts one run of a recurring run."""
        with self.store.lock:
            return self.jobs.fire(job_id, scheduled)

    def only_run(self) -> Run:
        (run,) = self.store.runs.values()
        return run

    def __exit__(self, *_: object) -> None:
        super().__exit__()
        for run in self.store.runs.values():
            # Otherwise a run that hangs would keep its thread until the tests end.
            run.terminate.set()

    def _respond(self, request: Request) -> Answer:
        stopped = self.gate.stop(request)
        if stopped is not None:
            return stopped
        # Kubeflow's gateway serves the interface, and the API behind it, under /pipeline too.
        path = re.sub(r"^/pipeline(?=/|$)", "", request.path)
        if not path.startswith("/apis/v1beta1/"):
            return html_answer("<html><head><title>Kubeflow Pipelines</title></head></html>")
        try:
            with self.store.lock:
                found = self._dispatch(request, path[len("/apis/v1beta1") :])
        except ApiError as err:
            return err.answer(self.gateway)
        return found if isinstance(found, Answer) else json_answer(found)

    def _dispatch(self, request: Request, path: str) -> Union[Answer, dict[str, Any]]:
        if request.method == "POST" and path in ("/runs", "/jobs"):
            self._refuse_blocked(request)
        for method, pattern, route in self._routes:
            found = re.fullmatch(pattern, path)
            if found and method == request.method:
                return route(request, *found.groups())
        return ApiError(404, 5, "Not Found").answer(self.gateway)

    def _refuse_blocked(self, request: Request) -> None:
        experiment = referred(request.json, "EXPERIMENT", "OWNER")
        namespace = self.store.experiment(experiment).namespace if experiment else ""
        if self.v1_namespaces is not None and namespace not in self.v1_namespaces:
            raise invalid(
                f"Namespace {namespace} is not allowed to run v1 pipelines. Please use v2 pipelines."
            )

    def _healthz(self, request: Request) -> Answer:
        body = {
            "commit_sha": "0" * 40,
            "tag_name": self.version,
            "multi_user": self.multi_user,
        }
        # 1.8.5 sets no content type here, and Go guesses one, so the header does not say JSON.
        guessed = "text/plain; charset=utf-8"
        kind = guessed if self.version.startswith("1.") else "application/json"
        return Answer(200, json.dumps(body).encode(), kind)

    def _table(self) -> list[tuple[str, str, Route]]:
        one = "/([^/:]+)"
        jobs = self.jobs
        return [
            ("GET", "/healthz", self._healthz),
            ("GET", "/experiments", self.experiments.list),
            ("POST", "/experiments", self.experiments.create),
            ("GET", f"/experiments{one}", self.experiments.get),
            ("POST", "/pipelines/upload", self.pipelines.upload),
            ("POST", "/pipelines/upload_version", self.pipelines.upload_version),
            ("GET", "/pipelines", self.pipelines.list),
            ("GET", f"/pipelines{one}", self.pipelines.get),
            ("DELETE", f"/pipelines{one}", self.pipelines.delete),
            ("GET", f"/pipelines{one}/templates", self.pipelines.template),
            ("GET", "/pipeline_versions", self.pipelines.list_versions),
            ("GET", f"/pipeline_versions{one}", self.pipelines.get_version),
            ("GET", f"/pipeline_versions{one}/templates", self.pipelines.version_template),
            ("GET", "/runs", self.runs.list),
            ("POST", "/runs", self.runs.create),
            ("GET", f"/runs{one}", self.runs.get),
            ("POST", f"/runs{one}/retry", self.runs.retry),
            ("POST", f"/runs{one}/terminate", self.runs.end),
            ("GET", f"/runs{one}/nodes{one}/artifacts{one}:read", self.runs.read_artifact),
            ("GET", "/jobs", jobs.list),
            ("POST", "/jobs", jobs.create),
            ("GET", f"/jobs{one}", jobs.get),
            ("DELETE", f"/jobs{one}", jobs.delete),
            ("POST", f"/jobs{one}/enable", lambda _, key: jobs.set_enabled(key, True)),
            ("POST", f"/jobs{one}/disable", lambda _, key: jobs.set_enabled(key, False)),
        ]
