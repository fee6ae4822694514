"""Reads fields of an untyped workflow, with an error that says where a value of another type was found.

Each function takes the mapping that has the field, the field's key, where the mapping is, for the message, and the
class of the error.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kedro_kubeflow.errors import InputError, KedroKubeflowError

_Error = type[KedroKubeflowError]


def mapping_at(
    owner: Mapping[str, Any], key: str, where: str, error: _Error = InputError
) -> Mapping[str, Any]:
    """Returns the mapping under a key; empty if it is absent or null.

    Raises:
        KedroKubeflowError: it is something else.
    """
    value = owner.get(key)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise error(f"{where}.{key}: expected a mapping, found {_short(value)}")
    return value


def list_at(
    owner: Mapping[str, Any], key: str, where: str, error: _Error = InputError
) -> list[Any]:
    """Returns the list under a key; empty if it is absent or null.

    Raises:
        KedroKubeflowError: it is something else.
    """
    value = owner.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise error(f"{where}.{key}: expected a list, found {_short(value)}")
    return value


def mappings_at(
    owner: Mapping[str, Any], key: str, where: str, error: _Error = InputError
) -> list[Mapping[str, Any]]:
    """Returns the list of mappings under a key; empty if it is absent or null.

    Raises:
        KedroKubeflowError: it is not a list, or an item is not a mapping.
    """
    items = list_at(owner, key, where, error)
    for index, item in enumerate(items):
        if not isinstance(item, Mapping):
            raise error(f"{where}.{key}[{index}]: expected a mapping, found {_short(item)}")
    return items


def texts_at(
    owner: Mapping[str, Any], key: str, where: str, error: _Error = InputError
) -> list[str]:
    """Returns the list of strings under a key; empty if it is absent or null.

    Raises:
        KedroKubeflowError: it is not a list, or an item is not a string.
    """
    items = list_at(owner, key, where, error)
    for index, item in enumerate(items):
        if not isinstance(item, str):
            raise error(f"{where}.{key}[{index}]: expected a string, found {_short(item)}")
    return items


def text_at(owner: Mapping[str, Any], key: str, where: str, error: _Error = InputError) -> str:
    """Returns the string under a key; empty if it is absent or null.

    Raises:
        KedroKubeflowError: it is something else.
    """
    value = owner.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise error(f"{where}.{key}: expected a string, found {_short(value)}")
    return value


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
