"""A catalog of a running session in, its datasets out, or in the place of others: one face for all Kedro versions."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from kedro_kubeflow.project.catalog_config import MEMORY_TYPES, Dataset, local_path


def catalog_get(catalog: Any, name: str) -> Any:
    """Gives a dataset of a live catalog, from a factory too, or None where the catalog has none of that name."""
    if hasattr(catalog, "_get_dataset"):  # to 0.19
        try:
            return catalog._get_dataset(name)
        except Exception as err:
            if type(err).__name__ in ("DatasetNotFoundError", "DataSetNotFoundError"):
                return None
            raise
    return catalog.get(name) if name in catalog else None


def catalog_put(catalog: Any, name: str, value: Any) -> None:
    """Puts a dataset, or a value to keep in memory, into a live catalog in the place of what is there."""
    if not hasattr(catalog, "add"):  # from 1.0
        logger = logging.getLogger(type(catalog).__module__)
        level, logger.level = logger.level, logging.ERROR  # it warns of each replacement
        try:
            catalog[name] = value
        finally:
            logger.level = level
        return
    if not (hasattr(value, "load") and hasattr(value, "save")):
        import kedro.io

        value = next(getattr(kedro.io, kind) for kind in MEMORY_TYPES if hasattr(kedro.io, kind))(
            value
        )
    catalog.add(name, value, replace=True)


def keeps_in_memory(catalog: Any, name: str) -> bool:
    """Tells whether a live catalog has no dataset of that name, or one that keeps it in memory."""
    dataset = catalog_get(catalog, name)
    inner = getattr(dataset, "_dataset", None) or dataset  # a cache around another dataset
    return dataset is None or type(inner).__name__ in MEMORY_TYPES


def describe(catalog: Any, dataset: Dataset, project_path: Path) -> Dataset:
    """Tells where a dataset lives that the configuration does not hold and a hook may have added.

    Args:
        catalog: a live catalog.
        dataset: what the configuration says.
        project_path: the folder that relative paths start from.
    """
    found = catalog_get(catalog, dataset.name) if dataset.in_memory else None
    if found is None or keeps_in_memory(catalog, dataset.name):
        return dataset
    location = getattr(found, "_filepath", None) or getattr(found, "_path", None)
    local = getattr(found, "_protocol", "file") in ("file", "local")
    path = local_path(str(location), project_path) if location and local else None
    return Dataset(dataset.name, False, path, getattr(found, "_version", None) is not None)
