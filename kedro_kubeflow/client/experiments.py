"""Finds an experiment by name, and creates it if it does not exist."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Optional

from kedro_kubeflow.client.api import Api, required
from kedro_kubeflow.client.failures import Refusal
from kedro_kubeflow.client.records import EXPERIMENT, present
from kedro_kubeflow.client.resources import find_named, name_filter, reference, referring_to
from kedro_kubeflow.errors import InputError

logger = logging.getLogger(__name__)


class Experiments:
    """The experiments of a namespace, or of a single-user server, where they have none."""

    def __init__(
        self, api: Api, namespace: Optional[str], own_namespace: Callable[[], str]
    ) -> None:
        self._api = api
        self._asked_namespace = namespace
        self._own_namespace = own_namespace

    @property
    def namespace(self) -> str:
        """The namespace of the experiments; empty on a single-user server.

        Raises:
            InputError: The server needs one, and none is set.
        """
        if not self._api.server.multi_user:
            if self._asked_namespace:
                logger.warning(
                    "%s is a single-user server, where experiments have no namespace: %s is ignored",
                    self._api.host,
                    self._asked_namespace,
                )
            return ""
        namespace = self._asked_namespace or self._own_namespace()
        if not namespace:
            raise InputError(
                f"{self._api.host} is a multi-user server: set the namespace of the experiment "
                "(-en NAMESPACE, or run_config.namespace in kubeflow.yaml)"
            )
        return namespace

    def ensure(self, name: str) -> str:
        """Returns the id of the experiment of this name, and creates it if there is none.

        Raises:
            ServerError: It can be neither found nor created.
        """
        namespace = self.namespace
        purpose = f"cannot find or create the experiment {name!r}"
        experiment = self._find(name, namespace, purpose)
        if experiment is None:
            experiment = self._create(name, namespace, purpose)
        return str(required(experiment.id, "id of an experiment", purpose))

    def _find(self, name: str, namespace: str, purpose: str) -> Any:
        rows = self._api.pages(
            purpose,
            EXPERIMENT,
            "experiments",
            filter=name_filter(name),
            **(referring_to("NAMESPACE", namespace) if namespace else {}),
        )
        return find_named(rows, name)

    def _create(self, name: str, namespace: str, purpose: str) -> Any:
        references = [reference("NAMESPACE", namespace)] if namespace else None
        body = present(name=name, resource_references=references)

        def create() -> Any:
            try:
                return self._api.rest.create(EXPERIMENT, body, "experiments")
            except Refusal as err:
                # Another client was faster, so it exists now.
                if not err.name_taken:
                    raise
                found = self._find(name, namespace, purpose)
                if found is None:
                    raise
                return found

        return self._api.write(
            purpose,
            create,
            lambda: self._find(name, namespace, purpose),
            repeatable=True,
        )
