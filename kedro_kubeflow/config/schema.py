"""Makes the JSON schema of ``kubeflow.yaml`` from its models, for editors; the file ``kubeflow.schema.json`` holds it.

The file is in the package since the schema is wanted where the models cannot be imported, too: pydantic comes with the
extra ``kfp``, and an image does not have it.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Union, get_args, get_origin

SCHEMA_FILE = Path(__file__).with_name("kubeflow.schema.json")

_PLACEHOLDER = {"type": "string", "pattern": r"\$\{"}
"""Any value may be a placeholder, such as ``${oc.env:TTL}``."""


def read_schema() -> dict[str, Any]:
    """Returns the schema of ``kubeflow.yaml``, as JSON Schema draft 7 defines it."""
    found: dict[str, Any] = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    return found


def schema_text() -> str:
    """Returns what :data:`SCHEMA_FILE` must hold.

    Raises:
        ModuleNotFoundError: pydantic is not installed.
    """
    from kedro_kubeflow.config.run_config import PluginConfig

    schema = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "kubeflow.yaml of kedro-kubeflow",
        **_object(PluginConfig),
    }
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


def _object(model: Any) -> dict[str, Any]:
    from kedro_kubeflow.config.pod_options.settings import SETTINGS

    properties = {}
    for field in model.__fields__.values():
        if field.name in SETTINGS:
            entry = _either(_type(SETTINGS[field.name].entry, {}), {"type": "null"})
            shape: dict[str, Any] = {"type": ["object", "null"], "additionalProperties": entry}
        else:
            shape = _type(field.outer_type_, field.field_info.extra)
            if field.allow_none:
                shape = _either(shape, {"type": "null"})
        described = {"description": field.field_info.description, **shape}
        if not field.required:
            described["default"] = _plain(field.get_default())
        for name in dict.fromkeys((field.name, field.alias)):
            properties[name] = described
    required = [field.name for field in model.__fields__.values() if field.required]
    return {
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        **({"required": required} if required else {}),
    }


def _type(kind: Any, extra: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the schema of a type; ``extra`` is what its field says beside it."""
    origin, arguments = get_origin(kind), get_args(kind)
    if extra.get("lenient"):
        return {"type": ["string", "number"]}
    if origin is Union:
        return _either(*(_type(part, extra) for part in arguments if part is not type(None)))
    if origin is list:
        # image_pull_secrets may be one string, with commas.
        return _either({"type": "array", "items": _type(arguments[0], extra)}, {"type": "string"})
    if origin is dict:
        value = {} if arguments[1] is Any else {"type": ["string", "number", "boolean"]}
        return _either({"type": "object", "additionalProperties": value}, _PLACEHOLDER)
    if hasattr(kind, "__fields__"):
        return _object(kind)
    words = extra.get("allowed")
    return _either({"enum": list(words)}, _PLACEHOLDER) if words else _scalar(kind)


def _scalar(kind: type[Any]) -> dict[str, Any]:
    if issubclass(kind, bool):
        return _either({"type": "boolean"}, _PLACEHOLDER)
    if issubclass(kind, int):
        number: dict[str, Any] = {"type": "integer"}
        # pydantic's constrained integers say their bounds.
        for name, bound in (("exclusiveMinimum", "gt"), ("minimum", "ge")):
            if getattr(kind, bound, None) is not None:
                number[name] = getattr(kind, bound)
        return _either(number, {"type": "string", "pattern": r"^\s*\d+\s*$|\$\{"})
    if issubclass(kind, dt.date):
        return {"type": ["string", "integer"]}
    return {"type": "string"}


def _either(*shapes: Mapping[str, Any]) -> dict[str, Any]:
    flat: list[Any] = []
    for shape in shapes:
        flat += shape["anyOf"] if set(shape) == {"anyOf"} else [dict(shape)]
    return {"anyOf": flat} if len(flat) > 1 else flat[0]


def _plain(value: Any) -> Any:
    return json.loads(value.json()) if hasattr(value, "json") else value
