"""Reads and replaces datasets in the catalog of a running session, on every version of Kedro."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from kedro_kubeflow.project.catalog_config import MEMORY_TYPES, Dataset, local_path
from kedro_kubeflow.project.kedro_private import (
    catalog_get,
    is_versioned,
    local_location,
    without_cache,
)


def catalog_put(catalog: Any, name: str, value: Any) -> None:
    """Adds a dataset, or a value to keep in memory, to a live catalog, and replaces what is there."""
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
    """Returns whether a live catalog has no dataset of that name, or one that keeps it in memory."""
    dataset = catalog_get(catalog, name)
    return dataset is None or type(without_cache(dataset)).__name__ in MEMORY_TYPES


def describe(catalog: Any, dataset: Dataset, project_path: Path) -> Dataset:
    """Returns where a dataset is stored that is not in the configuration and that a hook may have added.

    Args:
        catalog: a live catalog.
        dataset: what the configuration says.
        project_path: the folder that relative paths start from.
    """
    found = catalog_get(catalog, dataset.name) if dataset.in_memory else None
    if found is None or keeps_in_memory(catalog, dataset.name):
        return dataset
    location = local_location(found)
    path = local_path(location, project_path) if location else None
    return Dataset(dataset.name, False, path, is_versioned(found))
