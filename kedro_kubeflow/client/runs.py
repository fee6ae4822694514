"""Submits runs, retries and terminates them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Optional

from kedro_kubeflow.client.api import Api, required
from kedro_kubeflow.client.experiments import Experiments
from kedro_kubeflow.client.failures import Refusal
from kedro_kubeflow.client.links import Links
from kedro_kubeflow.client.records import RUN, RUN_DETAIL, present
from kedro_kubeflow.client.resources import (
    name_filter,
    reference,
    referring_to,
    refuse_unstorable,
)
from kedro_kubeflow.client.run_parameters import given_parameters, parameters_of
from kedro_kubeflow.client.snapshots import RunSnapshot
from kedro_kubeflow.client.waiting import read_run
from kedro_kubeflow.errors import InputError


@dataclass(frozen=True)
class SubmittedRun:
    """A run that was just submitted, with links to it and its experiment."""

    run_id: str
    name: str
    experiment_id: str
    experiment_name: str
    link: str
    experiment_link: str


class Runs:
    """The runs of a server."""

    def __init__(self, api: Api, links: Links, experiments: Experiments) -> None:
        self._api = api
        self._links = links
        self._experiments = experiments

    def submit(
        self,
        workflow: Mapping[str, Any],
        experiment_name: str,
        run_name: str,
        parameters: Optional[Mapping[str, str]],
        description: str,
        service_account: Optional[str],
    ) -> SubmittedRun:
        """See :meth:`KubeflowClient.run_once`."""
        refuse_unstorable(
            experiment_name=experiment_name, run_name=run_name, description=description
        )
        given = given_parameters(parameters, parameters_of(workflow))
        self._api.server  # noqa: B018 - checks the server
        experiment_id = self._experiments.ensure(experiment_name)
        # The server reads it as YAML, which does not put JSON's two escapes of one character together.
        manifest = json.dumps(workflow, ensure_ascii=False)
        body = present(
            name=run_name,
            description=description or None,
            pipeline_spec=present(workflow_manifest=manifest, parameters=given or None),
            resource_references=[reference("EXPERIMENT", experiment_id)],
            service_account=service_account,
        )
        purpose = f"cannot start the run {run_name!r}"
        began = self._api.server_time
        run = self._api.write(
            purpose,
            lambda: self._api.rest.create(RUN_DETAIL, body, "runs").run,
            lambda: self._find(experiment_id, run_name, began, purpose),
            # The server accepts any number of runs with the same name.
            repeatable=False,
            advice=(f"check {self._links.experiment(experiment_id)} before you try again"),
        )
        run_id = str(required(run and run.id, "id of a run", purpose))
        return SubmittedRun(
            run_id=run_id,
            name=run_name,
            experiment_id=experiment_id,
            experiment_name=experiment_name,
            link=self._links.run(run_id),
            experiment_link=self._links.experiment(experiment_id),
        )

    def _find(self, experiment_id: str, name: str, began: dt.datetime, purpose: str) -> Any:
        """Finds a run whose response was lost: the only new one of its name.

        A run is new if it is not older than the server's last response before it. If clocks differ
        within the cluster, it may not be found, which is better than finding an older run.
        """
        rows = self._api.pages(
            purpose,
            RUN,
            "runs",
            most=10,
            sort_by="created_at desc",
            filter=name_filter(name),
            **referring_to("EXPERIMENT", experiment_id),
        )
        new = [r for r in rows if r.name == name and r.created_at and r.created_at >= began]
        return new[0] if len(new) == 1 else None

    def retry(self, run_id: str) -> RunSnapshot:
        """See :meth:`KubeflowClient.retry`."""
        self._api.server  # noqa: B018 - checks the server
        found = read_run(self._api, self._links, run_id)
        now = self._api.server_time.isoformat().replace("+00:00", "Z")
        if found.volume_until and found.volume_until <= now:
            raise InputError(
                f"cannot retry the run {run_id}: it ended at {found.finished_at}, and its ttl was over at "
                f"{found.volume_until}. Its volume was deleted then, and the data of the steps that succeeded with it; "
                "start a new run"
            )
        return self._act(
            f"cannot retry the run {run_id}",
            run_id,
            lambda: self._api.rest.act("runs", run_id, "retry"),
            lambda found: not found.finished,
        )

    def terminate(self, run_id: str) -> RunSnapshot:
        """See :meth:`KubeflowClient.terminate`."""
        return self._act(
            f"cannot terminate the run {run_id}",
            run_id,
            lambda: self._api.rest.act("runs", run_id, "terminate"),
            lambda found: found.finished or found.status.lower() in ("terminating", "canceling"),
        )

    def _act(
        self,
        purpose: str,
        run_id: str,
        call: Callable[[], Any],
        done: Callable[[RunSnapshot], bool],
    ) -> RunSnapshot:
        """Changes the state of a run; the server refuses to do it twice."""
        self._api.server  # noqa: B018 - checks the server
        tried = False

        def act() -> bool:
            nonlocal tried
            again, tried = tried, True
            try:
                call()
            except Refusal as err:
                if err.status == 404:
                    raise
                found = read_run(self._api, self._links, run_id)
                if not (again and done(found)):
                    state = found.status or "without a status"
                    raise Refusal(f"{err}; the run is {state}", err.status) from None
            return True

        def find() -> Optional[bool]:
            return done(read_run(self._api, self._links, run_id)) or None

        self._api.write(purpose, act, find, repeatable=True)
        return read_run(self._api, self._links, run_id)
