"""Finds which variable of the pods holds the value of which Kedro parameter, for values from config maps.

A workflow's own parameters cannot refer to a config map: Kubeflow's server keeps only the name and value of each. So
the kubelet puts the value into a variable of each pod, and the step takes it from there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kedro_kubeflow.argo import naming
from kedro_kubeflow.config import RunConfig
from kedro_kubeflow.errors import ConfigError, suggest
from kedro_kubeflow.findings import ERROR, Finding, ReportFinding, stop_at_errors
from kedro_kubeflow.project import param_options
from kedro_kubeflow.project.parameter_values import MISSING
from kedro_kubeflow.variables import PARAMETER_PREFIX


@dataclass(frozen=True)
class ConfigMapParameter:
    """A Kedro parameter whose value is a key of a config map.

    Attributes:
        parameter: its name, with dots for nested keys.
        variable: of the pods, which holds the value.
        config_map: name of the config map.
        key: of the config map.
    """

    parameter: str
    variable: str
    config_map: str
    key: str


def parameters_from_config_maps(
    values: Mapping[Any, Any], config: RunConfig, report: ReportFinding = stop_at_errors
) -> tuple[ConfigMapParameter, ...]:
    """Returns the parameters that get their values from config maps, in the order of the configuration.

    Args:
        values: the project's parameters.
        config: ``run_config``.
        report: receives a finding where the project has no such parameter, and where two config maps set the same one.
    """
    found: dict[str, tuple[str, str]] = {}
    for index, item in enumerate(config.config_maps):
        if item.deploy_type != "param" or not item.key:
            continue
        name = item.deploy_target or item.key
        where = (
            f"run_config.config_maps[{index}].{'deploy_target' if item.deploy_target else 'key'}"
        )
        if param_options.look_up(name, values) is MISSING:
            hint = suggest(name, param_options.parameter_names(values))
            message = f"there is no parameter {name!r} in the project; {hint}"
            report(Finding(ERROR, "unknown-parameter", where, message, raises=ConfigError))
            continue
        if name in found:
            message = (
                f"the parameter {name!r} already gets its value from config map {found[name][0]!r}; "
                "remove one of the two"
            )
            report(Finding(ERROR, "parameter-twice", where, message, raises=ConfigError))
            continue
        found[name] = (item.config_map, item.key)
    variables = naming.legal_names(found, _variable)
    return tuple(
        # What makes two names different has a dash, which shells do not allow in a variable.
        ConfigMapParameter(name, variables[name].replace("-", "_"), config_map, key)
        for name, (config_map, key) in found.items()
    )


def _variable(name: str) -> str:
    """Returns the name of a variable that can be exported in a shell, for runs on the user's machine."""
    legal = re.sub(r"[^0-9A-Za-z]+", "_", name).strip("_") or naming.digest(name)
    return f"{PARAMETER_PREFIX}{legal}"
