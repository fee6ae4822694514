"""Reads fields of an untyped workflow, with an error that says where a value of another type was found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kedro_kubeflow.errors import InputError


def mapping_at(owner: Mapping[str, Any], key: str, where: str) -> Mapping[str, Any]:
    """Returns a mapping, an empty one where there is none.

    Raises:
        InputError: there is something else.
    """
    value = owner.get(key)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise _wrong(f"{where}.{key}", value, "a mapping")
    return value


def list_at(owner: Mapping[str, Any], key: str, where: str) -> list[Any]:
    """Returns a list, an empty one where there is none.

    Raises:
        InputError: there is something else.
    """
    value = owner.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise _wrong(f"{where}.{key}", value, "a list")
    return value


def mappings_at(owner: Mapping[str, Any], key: str, where: str) -> list[Mapping[str, Any]]:
    """Returns a list of mappings, an empty one where there is none.

    Raises:
        InputError: there is something else.
    """
    items = list_at(owner, key, where)
    for index, item in enumerate(items):
        if not isinstance(item, Mapping):
            raise _wrong(f"{where}.{key}[{index}]", item, "a mapping")
    return items


def texts_at(owner: Mapping[str, Any], key: str, where: str) -> list[str]:
    """Returns a list of strings, an empty one where there is none.

    Raises:
        InputError: there is something else.
    """
    items = list_at(owner, key, where)
    for index, item in enumerate(items):
        if not isinstance(item, str):
            raise _wrong(f"{where}.{key}[{index}]", item, "a string")
    return items


def text_at(owner: Mapping[str, Any], key: str, where: str) -> str:
    """Returns a string, an empty one where there is none.

    Raises:
        InputError: there is something else.
    """
    value = owner.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _wrong(f"{where}.{key}", value, "a string")
    return value


def _wrong(where: str, value: object, wanted: str) -> InputError:
    return InputError(f"{where}: {value!r:.80} is not {wanted}; give a workflow that Argo accepts")
