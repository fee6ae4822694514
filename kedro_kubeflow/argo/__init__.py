"""Implements rules of Argo, Kubernetes and Kubeflow Pipelines: names, quantities, schedules, workflow files.

Knows nothing of Kedro or of this plugin's configuration. ``fields``, ``limits``, ``naming`` and ``quantities``
are used as modules.
"""

from __future__ import annotations

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
