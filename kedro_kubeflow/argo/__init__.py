"""Implements rules of Argo, Kubernetes and Kubeflow Pipelines: names, quantities, schedules, workflow files.

Knows nothing of Kedro or of this plugin's configuration. ``fields``, ``limits``, ``naming`` and ``quantities``
are used as modules.

The names are imported when they are used: a step in a pod needs few of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedro_kubeflow.lazy_names import lazy_names

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

__getattr__ = lazy_names(
    __name__,
    {
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
    },
)
