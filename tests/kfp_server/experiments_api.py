"""Handles requests about experiments."""

from __future__ import annotations

from typing import Any

from kfp_server.clock import rfc3339
from kfp_server.errors import invalid
from kfp_server.listing import page_of
from kfp_server.messages import Request
from kfp_server.references import reference, referred, without_defaults
from kfp_server.store import Experiment, Store, refuse_duplicate


class ExperimentsApi:
    """Keeps experiments, which need a namespace on a multi-user server and have none on a single-user one."""

    def __init__(self, store: Store, multi_user: bool) -> None:
        self._store = store
        self._multi_user = multi_user

    def list(self, request: Request) -> dict[str, Any]:
        namespace = self._namespace_asked(request)
        rows = [e for e in self._store.experiments.values() if e.namespace == namespace]
        page, total, token = page_of(rows, request.query)
        return without_defaults(
            {
                "experiments": [_written(e) for e in page],
                "total_size": total,
                "next_page_token": token,
            }
        )

    def create(self, request: Request) -> dict[str, Any]:
        body = request.json
        namespace = referred(body, "NAMESPACE", "OWNER")
        references = body.get("resource_references") or []
        if self._multi_user and (not namespace or len(references) != 1):
            raise invalid(
                "Invalid resource references for experiment. Expect one namespace type with owner "
                "relationship. Got: []"
            )
        if not self._multi_user and references:
            raise invalid(
                "In single-user mode, CreateExperimentRequest shouldn't contain resource "
                "references."
            )
        if not body.get("name"):
            raise invalid("Experiment name is empty. Please specify a valid experiment name.")
        taken = [e.name for e in self._store.experiments.values() if e.namespace == namespace]
        refuse_duplicate(body["name"], taken, "experiment", 409)
        self._store.database.store("Name", body["name"], body.get("description", ""))
        experiment = Experiment(body["name"], namespace, body.get("description", ""))
        self._store.experiments[experiment.id] = experiment
        return _written(experiment)

    def get(self, request: Request, key: str) -> dict[str, Any]:
        return _written(self._store.experiment(key))

    def _namespace_asked(self, request: Request) -> str:
        kind = request.query.get("resource_reference_key.type", "UNKNOWN_RESOURCE_TYPE")
        namespace = request.query.get("resource_reference_key.id", "")
        if self._multi_user and (kind != "NAMESPACE" or not namespace):
            raise invalid(
                "Invalid resource references for experiment. ListExperiment requires filtering by "
                "namespace."
            )
        if not self._multi_user and namespace:
            raise invalid("In single-user mode, ListExperiment cannot filter by namespace.")
        return namespace


def _written(experiment: Experiment) -> dict[str, Any]:
    owners = [reference("NAMESPACE", experiment.namespace)] if experiment.namespace else []
    return without_defaults(
        {
            "id": experiment.id,
            "name": experiment.name,
            "description": experiment.description,
            "created_at": rfc3339(experiment.created_at),
            "resource_references": owners,
            "storage_state": "STORAGESTATE_AVAILABLE",
        }
    )
