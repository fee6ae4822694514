"""Compares a compiled workflow with what a server has stored.

A server does not keep a workflow byte for byte: it reads it into Argo's structures and writes them
back as JSON. Empty fields come and go, and quantities change their form (``1024Mi`` becomes ``1Gi``);
only the other differences count.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kedro_kubeflow.argo.quantities import quantity_value

_OUTSIDE = {"status"}
_COMPILED_AT = "pipelines.kubeflow.org/pipeline_compilation_time"
_QUANTITIES = ("limits", "requests")
_FALSE_IS_ABSENT = ("readOnly", "setOwnerReference")
"""Fields that are not pointers in Go: false is not written. Elsewhere, false may have a meaning."""

_EMPTY_COUNTS = ("storageClassName",)
"""Fields whose empty string differs from a missing one: it requests no storage class at all."""


def same_workflow(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> bool:
    """Returns whether a compiled workflow is the one that a server already has."""
    return bool(_comparable(ours) == _comparable(theirs))


def _comparable(workflow: Mapping[str, Any]) -> Any:
    return _pruned({key: value for key, value in workflow.items() if key not in _OUTSIDE})


def _pruned(value: Any, key: str = "") -> Any:
    if isinstance(value, Mapping):
        if key in _QUANTITIES:
            return {name: _amount(amount) for name, amount in value.items()}
        pruned = {str(k): _pruned(v, str(k)) for k, v in value.items() if k != _COMPILED_AT}
        return {k: v for k, v in pruned.items() if not _absent(k, v)}
    if isinstance(value, (list, tuple)):
        if key == "parameters":
            # The server keeps a parameter's name and value; the value is always a string there.
            return [_parameter(item) for item in value]
        return [_pruned(item) for item in value]
    return value


def _parameter(parameter: Any) -> Any:
    if not isinstance(parameter, Mapping):
        return parameter
    pruned = _pruned({k: v for k, v in parameter.items() if k not in ("enum", "description")})
    if "value" in pruned:
        pruned["value"] = str(pruned["value"])
    return pruned


def _absent(key: str, value: Any) -> bool:
    if value is False:
        return key in _FALSE_IS_ABSENT
    return value is None or value in ({}, []) or (value == "" and key not in _EMPTY_COUNTS)


def _amount(amount: Any) -> Any:
    try:
        return quantity_value(str(amount))
    except ValueError:
        return amount
