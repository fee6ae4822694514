"""Compiles a pipeline: project and ``kubeflow.yaml`` to a plan, the plan to an Argo workflow.

``generator`` is the only module of the package that imports kfp; it is imported when a workflow is generated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedro_kubeflow.lazy_names import lazy_names

if TYPE_CHECKING:
    from kedro_kubeflow.compiler.compilation import CompiledPipeline, compile_pipeline, compile_plan
    from kedro_kubeflow.compiler.losses import users_mounts
    from kedro_kubeflow.compiler.plan import IMPOSSIBLE_GROUPS, plan_workflow
    from kedro_kubeflow.compiler.workflow_edits import TEMPLATE_TOO_LARGE, WORKFLOW_TOO_LARGE
    from kedro_kubeflow.compiler.workflow_parameters import (
        REMEDY,
        list_parameters,
        option_texts,
        size_of,
    )
    from kedro_kubeflow.compiler.workflow_plan import Pod, PodKind, WorkflowPlan

__all__ = [
    "IMPOSSIBLE_GROUPS",
    "REMEDY",
    "TEMPLATE_TOO_LARGE",
    "WORKFLOW_TOO_LARGE",
    "CompiledPipeline",
    "Pod",
    "PodKind",
    "WorkflowPlan",
    "compile_pipeline",
    "compile_plan",
    "list_parameters",
    "option_texts",
    "plan_workflow",
    "size_of",
    "users_mounts",
]

__getattr__ = lazy_names(
    __name__,
    {
        "compilation": ("CompiledPipeline", "compile_pipeline", "compile_plan"),
        "losses": ("users_mounts",),
        "plan": ("IMPOSSIBLE_GROUPS", "plan_workflow"),
        "workflow_edits": ("TEMPLATE_TOO_LARGE", "WORKFLOW_TOO_LARGE"),
        "workflow_parameters": ("REMEDY", "list_parameters", "option_texts", "size_of"),
        "workflow_plan": ("Pod", "PodKind", "WorkflowPlan"),
    },
)
