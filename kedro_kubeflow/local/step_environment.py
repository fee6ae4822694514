"""Builds the environment variables and arguments of a step's process."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Any, Optional

from kedro_kubeflow.local.substitution import expand_references
from kedro_kubeflow.local.workflow_fields import as_text
from kedro_kubeflow.variables import LOCAL

# What the caller's shell says about a run must not reach a step that the workflow says nothing to.
_LEFT_OUT_PREFIXES = ("KEDRO_KUBEFLOW_", "KEDRO_CONFIG_", "KUBEFLOW_")
_LEFT_OUT_NAMES = frozenset({"KEDRO_ENV"})


def container_variables(container: Mapping[str, Any], caller: Mapping[str, str]) -> dict[str, str]:
    """The variables that the container itself is given.

    Args:
        container: of a template, tags filled in.
        caller: the environment ``run-local`` was started in. A variable that a secret, a config map
            or the pod's fields would give is taken from there by its name.
    """
    variables: dict[str, str] = {}
    for item in container.get("env") or []:
        name = str(item["name"])
        if item.get("valueFrom") is not None:
            if name in caller:
                variables[name] = caller[name]
        else:
            variables[name] = expand_references(as_text(item.get("value")), variables)
    return variables


def unknown_variables(container: Mapping[str, Any], caller: Mapping[str, str]) -> list[str]:
    """Names that would come from the cluster and that the caller's environment does not hold."""
    return [
        str(item["name"])
        for item in container.get("env") or []
        if item.get("valueFrom") is not None and item["name"] not in caller
    ]


def command_line(container: Mapping[str, Any], variables: Mapping[str, str]) -> list[str]:
    """The argument list of a container, as the kubelet would start it.

    Args:
        container: of a template, tags filled in.
        variables: what :func:`container_variables` gave.
    """
    texts = [*container["command"], *(container.get("args") or [])]
    return [expand_references(text, variables) for text in texts]


def process_environment(
    variables: Mapping[str, str], caller: Mapping[str, str], cwd: Optional[str] = None
) -> dict[str, str]:
    """All variables of a step's process.

    Args:
        variables: what :func:`container_variables` gave.
        caller: the environment ``run-local`` was started in; an image has one of its own, and this
            is what represents it.
        cwd: where the process will start.
    """
    environment = {
        name: value
        for name, value in caller.items()
        if name not in _LEFT_OUT_NAMES and not name.startswith(_LEFT_OUT_PREFIXES)
    }
    environment.update(variables)
    environment[LOCAL] = "true"
    if cwd is not None:
        environment["PWD"] = cwd
    # "kedro" has to be the one of the environment that run-local itself runs in. The path is not
    # resolved: a virtual environment's interpreter is a link out of it.
    scripts = os.path.dirname(os.path.abspath(sys.executable))
    path = environment.get("PATH") or os.defpath
    if path.split(os.pathsep)[0] != scripts:
        path = scripts + os.pathsep + path
    environment["PATH"] = path
    return environment
