"""Merges configuration of two environments, or of a file and what is generated for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def merge_mappings(general: Mapping[Any, Any], specific: Mapping[Any, Any]) -> dict[Any, Any]:
    """Merges two mappings key by key at every depth, as Kedro's merge strategy ``soft`` does.

    What is not a mapping on both sides is replaced, lists too.
    """
    result = dict(general)
    for key, value in specific.items():
        below = result.get(key)
        if isinstance(below, Mapping) and isinstance(value, Mapping):
            value = merge_mappings(below, value)
        result[key] = value
    return result
