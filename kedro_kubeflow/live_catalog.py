"""A catalog of a running session in, its datasets out, or in the place of others: one face for all Kedro versions."""

from __future__ import annotations

import logging
from typing import Any

from kedro_kubeflow.catalog_config import MEMORY_TYPES


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
    return dataset is None or type(dataset).__name__ in MEMORY_TYPES
