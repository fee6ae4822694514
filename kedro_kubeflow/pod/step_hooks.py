"""Adds the data of other steps to a step's catalog; registered in pods only."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import Any, Optional

from kedro.framework.hooks import hook_impl

from kedro_kubeflow.pod.file_exchange import FileExchange
from kedro_kubeflow.pod.handover_dataset import HandoverDataset
from kedro_kubeflow.project import (
    Dataset,
    Handover,
    catalog_get,
    catalog_put,
    describe,
    kedro_private,
    keeps_in_memory,
)

log = logging.getLogger(__name__)
_PLAIN_TYPES = (type(None), bool, int, float, str, list, dict)


class StepHooks:
    """What a step changes in its session, after all other hooks.

    Args:
        handover: what the step gets from others and stores for them, according to the configuration.
        exchange: how files get from pod to pod.
        version: under which all steps of the run save versioned datasets, or None for Kedro's own.
        parameters: top-level parameters that the workflow overrides, each whole.
    """

    def __init__(
        self,
        handover: Handover,
        exchange: FileExchange,
        version: Optional[str],
        parameters: Mapping[Any, Any],
    ) -> None:
        self._handover = handover
        self._exchange = exchange
        self._version = version
        self._parameters = parameters

    @hook_impl(trylast=True)
    def before_pipeline_run(self, catalog: Any) -> None:
        """Registers datasets that are passed between pods, fetches files, sets versions and parameters."""
        store = self._exchange.store
        if store is not None:
            for name in sorted(
                {item.name for item in (*self._handover.received, *self._handover.given)}
            ):
                if keeps_in_memory(catalog, name):
                    catalog_put(catalog, name, HandoverDataset(name, store.object_url(name)))
        self._exchange.fetch(self._described(catalog, self._handover.read))
        if self._version is not None:
            for item in self._handover.received:
                _load_version(catalog_get(catalog, item.name), self._version)
            self._remove_earlier_attempt(catalog, self._version)
        self._set_parameters(catalog)

    @hook_impl(trylast=True)
    def after_pipeline_run(self, catalog: Any) -> None:
        """Stores files for other steps, and versions where the workflow looks for them."""
        self._exchange.leave(self._described(catalog, self._handover.made), self._version)

    def _remove_earlier_attempt(self, catalog: Any, version: str) -> None:
        """Removes what an earlier attempt of this step saved under the run's version, which Kedro would not overwrite.

        A step that is repeated, by a retry, an eviction or ``kedro kubeflow retry``, is the only one that saves these
        datasets, and what a killed attempt left may be half a file.
        """
        for item in self._handover.made:
            if kedro_private.remove_version(catalog_get(catalog, item.name), version):
                log.info("removed version %s of %s, left by an earlier attempt", version, item.name)

    def _described(self, catalog: Any, datasets: tuple[Dataset, ...]) -> tuple[Dataset, ...]:
        return tuple(describe(catalog, item, self._exchange.project_path) for item in datasets)

    def _set_parameters(self, catalog: Any) -> None:
        """Sets the exact values: Kedro's loaders merge and interpolate what they are given.

        A parameter that Kedro has made an object of one of the project's types (since 1.3) is left to Kedro.
        """
        if not self._parameters:
            return
        for key, value in self._parameters.items():
            for name, exact in _paths(f"params:{key}", value):
                dataset = catalog_get(catalog, name)
                if dataset is None or type(dataset.load()) in _PLAIN_TYPES:
                    catalog_put(catalog, name, exact)
        everything = catalog_get(catalog, "parameters")
        current = everything.load() if everything is not None else {}
        plain = {
            key: value
            for key, value in self._parameters.items()
            if type(current.get(key)) in _PLAIN_TYPES
        }
        catalog_put(catalog, "parameters", {**current, **plain})


def _paths(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    yield name, value
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _paths(f"{name}.{key}", item)


def _load_version(dataset: Any, version: str) -> None:
    """Makes a versioned dataset load what this run saved, even if a newer run has saved since."""
    # A step that was taken from a cache, or ran before a retry, saved under another version: leave that one be.
    if kedro_private.pin_load_version(dataset, version):
        log.info("loading version %s of %s", version, dataset)
