"""Reads parts of an untyped workflow for a local run: what cannot be read is a :class:`LocalRunError`."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from functools import partial
from typing import Any

from kedro_kubeflow.argo import fields
from kedro_kubeflow.errors import LocalRunError

mapping_at = partial(fields.mapping_at, error=LocalRunError)
mappings_at = partial(fields.mappings_at, error=LocalRunError)
texts_at = partial(fields.texts_at, error=LocalRunError)


def text_at(owner: Mapping[str, Any], key: str, where: str) -> str:
    """Returns the string under a key, which must be there and not empty.

    Raises:
        LocalRunError: it is absent, empty, or not a string.
    """
    text = fields.text_at(owner, key, where, LocalRunError)
    if not text:
        found = "it is missing" if owner.get(key) is None else "it is empty"
        raise LocalRunError(f"{where}.{key}: expected a string, {found}")
    return text


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
