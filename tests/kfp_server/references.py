"""Reads and writes the resource references of requests and responses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def referred(body: Mapping[str, Any], kind: str, relationship: str) -> str:
    """Returns the id that a body refers to, or an empty string."""
    for reference in body.get("resource_references") or []:
        key = reference.get("key") or {}
        if key.get("type") == kind and reference.get("relationship") == relationship:
            return str(key.get("id", ""))
    return ""


def reference(kind: str, key: str, relationship: str = "OWNER", name: str = "") -> dict[str, Any]:
    written: dict[str, Any] = {"key": {"type": kind, "id": key}, "relationship": relationship}
    if name:
        written["name"] = name
    return written


def without_defaults(value: Mapping[str, Any]) -> dict[str, Any]:
    """Omits what protobuf's JSON omits: empty strings and lists, zeros, false."""
    return {key: inner for key, inner in value.items() if inner not in ("", None, [], {}, False, 0)}
