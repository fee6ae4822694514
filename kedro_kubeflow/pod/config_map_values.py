"""Merges the values of parameters from config maps with those that the workflow changes."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any

from kedro_kubeflow.errors import ParameterError, StepError
from kedro_kubeflow.project.param_options import copied, find_path
from kedro_kubeflow.project.parameter_values import MISSING, changed, from_text
from kedro_kubeflow.variables import PARAMETERS

log = logging.getLogger(__name__)


def with_config_maps(
    changes: Mapping[Any, Any], defaults: Mapping[Any, Any], environ: Mapping[str, str]
) -> dict[Any, Any]:
    """Merges the values from config maps: the workflow's changes override them, and they override the configuration.

    Args:
        changes: top-level parameters that the workflow overrides, each whole.
        defaults: the step's own parameters.
        environ: the pod's environment.

    Returns:
        The top-level parameters that differ from the configuration, each whole.

    Raises:
        StepError: the project in the image has no such parameter.
        ParameterError: a value is not of the parameter's type.
    """
    result = dict(changes)
    taken = []
    for name, variable in json.loads(environ.get(PARAMETERS) or "{}").items():
        path = find_path(name, defaults)
        if not path:
            raise StepError(
                f"the project in this image has no parameter {name!r}, which run_config.config_maps sets: the workflow "
                "was compiled from other code. Build the image again, or compile again"
            )
        default = _at(defaults, path)
        # The workflow always has a value for each of its parameters; one that is not the image's own was asked for.
        if path[0] in changes and changed(_at(changes, path), default):
            continue
        if variable not in environ:
            log.warning("%s is not set: parameter %s keeps its value", variable, name)
            continue
        value = _value(name, variable, environ[variable], default)
        if changed(value, _at({**defaults, **result}, path)):
            _put(result, path, value, defaults)
            taken.append(name)
    if taken:
        log.info("parameters from config maps: %s", ", ".join(sorted(taken)))
    return result


def _value(name: str, variable: str, text: str, default: Any) -> Any:
    try:
        return from_text(text, default)
    except ParameterError as err:
        raise ParameterError(
            f"parameter {name!r}, from a config map through {variable}: {err}"
        ) from err


def _at(values: Any, path: list[Any]) -> Any:
    for key in path:
        values = values.get(key, MISSING) if isinstance(values, Mapping) else MISSING
    return values


def _put(result: dict[Any, Any], path: list[Any], value: Any, defaults: Mapping[Any, Any]) -> None:
    top = path[0]
    result[top] = copied(result[top] if top in result else defaults[top])
    where: Any = result
    for key in path[:-1]:
        where = where[key]
    where[path[-1]] = value
