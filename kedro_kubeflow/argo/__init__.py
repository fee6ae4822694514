"""Implements rules of Argo, Kubernetes and Kubeflow Pipelines: names, quantities, schedules, workflow files.

Knows nothing of Kedro or of this plugin's configuration. ``fields``, ``limits``, ``naming`` and ``quantities``
are used as modules.

The names are imported when they are used: a step in a pod needs few of them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kedro_kubeflow.argo import fields, limits, naming, quantities
    from kedro_kubeflow.argo.cron import check_cron, check_day
    from kedro_kubeflow.argo.template_defaults import TEMPLATE_TYPES, merge_template_defaults
    from kedro_kubeflow.argo.workflow_files import read_workflow, workflow_yaml

__all__ = [
    "TEMPLATE_TYPES",
    "check_cron",
    "check_day",
    "fields",
    "limits",
    "merge_template_defaults",
    "naming",
    "quantities",
    "read_workflow",
    "workflow_yaml",
]

_MODULES = {
    "cron": (
        "check_cron",
        "check_day",
    ),
    "template_defaults": (
        "TEMPLATE_TYPES",
        "merge_template_defaults",
    ),
    "workflow_files": (
        "read_workflow",
        "workflow_yaml",
    ),
}


def __getattr__(name: str) -> Any:
    """Imports a name from the module that defines it, as PEP 562 describes."""
    for module, names in _MODULES.items():
        if name in names:
            value = getattr(import_module(f"{__name__}.{module}"), name)
            globals()[name] = value
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
