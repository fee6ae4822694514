"""Compiles a pipeline: project and ``kubeflow.yaml`` to a plan, the plan to an Argo workflow.

``generator`` is the only module of the package that imports kfp; it is imported when a workflow is generated.
"""

from __future__ import annotations

from kedro_kubeflow.compiler.compilation import CompiledPipeline, compile_pipeline
from kedro_kubeflow.compiler.losses import nodes_of_step, users_mounts
from kedro_kubeflow.compiler.plan import IMPOSSIBLE_GROUPS, plan_workflow
from kedro_kubeflow.compiler.workflow_edits import (
    MAX_WORKFLOW_BYTES,
    TEMPLATE_TOO_LARGE,
    WORKFLOW_TOO_LARGE,
    workflow_bytes,
)
from kedro_kubeflow.compiler.workflow_parameters import (
    REMEDY,
    list_parameters,
    option_texts,
    size_of,
)
from kedro_kubeflow.compiler.workflow_plan import (
    MLFLOW_END,
    MLFLOW_START,
    VOLUME_INIT,
    Step,
    WorkflowPlan,
)

__all__ = [
    "IMPOSSIBLE_GROUPS",
    "MAX_WORKFLOW_BYTES",
    "MLFLOW_END",
    "MLFLOW_START",
    "REMEDY",
    "TEMPLATE_TOO_LARGE",
    "VOLUME_INIT",
    "WORKFLOW_TOO_LARGE",
    "CompiledPipeline",
    "Step",
    "WorkflowPlan",
    "compile_pipeline",
    "list_parameters",
    "nodes_of_step",
    "option_texts",
    "plan_workflow",
    "size_of",
    "users_mounts",
    "workflow_bytes",
]
