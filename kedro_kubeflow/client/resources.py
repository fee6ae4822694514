"""Finds the API's resources by name and by reference, and writes the references between them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from kedro_kubeflow.argo import limits
from kedro_kubeflow.errors import InputError


def refuse_unstorable(**texts: str) -> None:
    """Refuses text that no server stores, before anything is sent.

    Args:
        texts: What is sent, by what it is; words are joined by ``_``.

    Raises:
        InputError: One has such a character.
    """
    for what, text in texts.items():
        character = limits.unstorable(text)
        if character:
            raise InputError(
                f"the {what.replace('_', ' ')} {text!r} has {character!r}: {limits.NOT_STORED}"
            )


def name_filter(name: str) -> str:
    """Returns the filter for rows of one name.

    The server decodes the filter once more after HTTP did, so ``%`` and ``+`` are encoded beforehand.
    """
    text = json.dumps({"predicates": [{"op": 1, "key": "name", "stringValue": name}]})
    return re.sub("[%+]", lambda found: "%25" if found[0] == "%" else "%2B", text)


def find_named(rows: Iterable[Any], name: str) -> Any:
    """Returns the row of a name, or None; the server ignores case, so an exact match is only preferred."""
    found = [row for row in rows if (row.name or "").lower() == name.lower()]
    return next((row for row in found if row.name == name), found[0] if found else None)


def referring_to(kind: str, key: str) -> dict[str, Any]:
    """Returns the query for rows that refer to a resource."""
    return {"resource_reference_key.type": kind, "resource_reference_key.id": key}


def reference(kind: str, key: str, relationship: str = "OWNER") -> dict[str, Any]:
    """Returns the reference of a new row to a resource."""
    return {"key": {"id": key, "type": kind}, "relationship": relationship}


def referred(row: Any, kind: str) -> str:
    """Returns the id of the resource of one kind that a row refers to, or an empty string."""
    for item in row.resource_references or ():
        if item.key and item.key.type == kind:
            return str(item.key.id or "")
    return ""


def source_of(row: Any) -> tuple[str, str]:
    """Returns the ids of the pipeline and version in a run or recurring run; empty if there are none."""
    spec = row.pipeline_spec
    pipeline = (spec.pipeline_id if spec else "") or referred(row, "PIPELINE")
    return pipeline, referred(row, "PIPELINE_VERSION")
