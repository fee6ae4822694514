"""Reads parts of an untyped workflow, with an error that says where a value of another type was found."""

from __future__ import annotations

import datetime
import difflib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from kedro_kubeflow.errors import LocalRunError


def mapping_at(parent: Mapping[str, Any], key: str, where: str) -> Mapping[str, Any]:
    """The mapping under a key; empty when it is absent or null.

    Raises:
        LocalRunError: it is something else.
    """
    value = parent.get(key)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise LocalRunError(f"{where}.{key}: expected a mapping, found {_short(value)}")
    return value


def items_at(parent: Mapping[str, Any], key: str, where: str) -> list[Mapping[str, Any]]:
    """The list of mappings under a key; empty when it is absent or null.

    Raises:
        LocalRunError: it is not a list, or holds something that is not a mapping.
    """
    value = parent.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise LocalRunError(f"{where}.{key}: expected a list, found {_short(value)}")
    for index, item in enumerate(value):
        if not isinstance(item, Mapping):
            raise LocalRunError(f"{where}.{key}[{index}]: expected a mapping, found {_short(item)}")
    return value


def texts_at(parent: Mapping[str, Any], key: str, where: str) -> list[str]:
    """The list of strings under a key; empty when it is absent or null.

    Raises:
        LocalRunError: it is not a list, or holds something that is not a string.
    """
    value = parent.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise LocalRunError(f"{where}.{key}: expected a list of strings, found {_short(value)}")
    for index, item in enumerate(value):
        if not isinstance(item, str):
            raise LocalRunError(f"{where}.{key}[{index}]: expected a string, found {_short(item)}")
    return value


def text_at(parent: Mapping[str, Any], key: str, where: str) -> str:
    """The string under a key, which must be there and not empty.

    Raises:
        LocalRunError: it is absent, empty, or no string.
    """
    value = parent.get(key)
    if not isinstance(value, str) or not value:
        found = "it is missing" if value is None else f"found {_short(value)}"
        raise LocalRunError(f"{where}.{key}: expected a string, {found}")
    return value


def as_text(value: Any) -> str:
    """The text that Argo makes of a parameter's value: scalars as JSON writes them, strings bare.

    Null and a value that is not there become the empty string, as Kubeflow's server makes them.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, (datetime.date, datetime.datetime)):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The end of an error message: the names nearest to a wrong one, or all there are.

    Returns:
        For instance ``" - did you mean 'alpha'?"`` or ``"; known are: alpha, beta"``.
    """
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.6)
    if near:
        return f" - did you mean {' or '.join(repr(item) for item in near)}?"
    if not names:
        return "; there are none"
    shown = ", ".join(names[:20]) + (", ..." if len(names) > 20 else "")
    return f"; known are: {shown}"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
