"""Checks the parameters of a run against those of its workflow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Optional

from kedro_kubeflow.argo import limits
from kedro_kubeflow.errors import ParameterError, suggest


def parameters_of(workflow: Mapping[str, Any]) -> dict[str, str]:
    """Returns a workflow's parameters with their defaults."""
    arguments = (workflow.get("spec") or {}).get("arguments") or {}
    return {p["name"]: str(p.get("value", "")) for p in arguments.get("parameters") or ()}


def given_parameters(
    given: Optional[Mapping[str, str]], defaults: Mapping[str, str]
) -> list[dict[str, str]]:
    """Returns the parameters of a request.

    Args:
        given: Values by name, as strings, exactly as they are to arrive.
        defaults: The workflow's parameters; any other name is refused.

    Raises:
        ParameterError: A name is unknown, or all together are too large.
    """
    given = given or {}
    for name in given:
        if name not in defaults:
            hint = suggest(name, defaults) if defaults else "it has none"
            raise ParameterError(f"the workflow has no parameter {name!r}; {hint}")
    check_size({**defaults, **given})
    # Not through kfp's client, which changes names that contain more than letters and dashes.
    return [{"name": name, "value": value} for name, value in given.items()]


def check_size(values: Mapping[str, str]) -> None:
    """Refuses parameters that the server would refuse for their size.

    Raises:
        ParameterError: All together they take more than the server accepts.
    """
    total = limits.parameter_bytes(values)
    if total > limits.MAX_PARAMETERS_BYTES:
        largest = max(values, key=lambda name: limits.json_bytes(values[name]))
        raise ParameterError(
            f"the parameters take {total:,} bytes together, and Kubeflow Pipelines allows "
            f"{limits.MAX_PARAMETERS_BYTES:,}; the largest is {largest!r} with "
            f"{limits.json_bytes(values[largest]):,}. List those that should be workflow parameters under "
            "run_config.parameters"
        )
