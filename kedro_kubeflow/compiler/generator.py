"""Generates the Argo workflow of a :class:`WorkflowPlan`: kfp compiles it from ContainerOps.

Only this module imports kfp. An op carries what kfp decides on: name, image, command, arguments, dependencies, and
values that pass between pods. All else is added to the compiled workflow, see :mod:`kedro_kubeflow.compiler.templates`:
kfp goes through everything that an op carries, object by object, which took longer than all the rest.
"""

from __future__ import annotations

import warnings
from typing import Any

from kfp import dsl
from kfp.compiler import Compiler
from kubernetes.client import (
    Configuration,
    V1EnvVar,
    V1ObjectMeta,
    V1PersistentVolumeClaim,
    V1PersistentVolumeClaimSpec,
    V1ResourceRequirements,
)

from kedro_kubeflow.compiler.templates import NEVER_CACHED, STALENESS
from kedro_kubeflow.compiler.workflow_edits import finish_workflow
from kedro_kubeflow.compiler.workflow_plan import CLAIM_NAME, VOLUME_CREATE, Pod, WorkflowPlan
from kedro_kubeflow.config import VolumeConfig
from kedro_kubeflow.findings import ReportFinding, stop_at_errors


def generate_workflow(plan: WorkflowPlan, report: ReportFinding = stop_at_errors) -> dict[str, Any]:
    """Generates the workflow.

    Args:
        plan: what it says.
        report: receives a finding for each limit that it exceeds.

    Returns:
        An ``argoproj.io/v1alpha1`` Workflow; the same plan gives the same dict, in the same order.
    """

    def build() -> None:
        _build_ops(plan)

    # kfp takes the docstring of what it is given for a description, and its annotations for outputs.
    build.__annotations__.clear()

    with warnings.catch_warnings():
        # kfp warns at each ContainerOp that components are preferred.
        warnings.simplefilter("ignore", FutureWarning)
        # The public ``compile`` writes YAML, twice, with PyYAML's slow dumper; this gives the dict. kfp 1.8 is frozen.
        workflow = Compiler()._create_workflow(
            build,
            pipeline_name=plan.name,
            pipeline_description=plan.config.description,
            pipeline_conf=_pipeline_conf(plan),
        )
    return finish_workflow(workflow, plan, report)


def _pipeline_conf(plan: WorkflowPlan) -> dsl.PipelineConf:
    conf = dsl.PipelineConf()
    conf.set_ttl_seconds_after_finished(plan.config.ttl)
    if plan.config.parallelism:
        conf.set_parallelism(plan.config.parallelism)
    return conf


def _build_ops(plan: WorkflowPlan) -> None:
    """Is the pipeline function that kfp calls."""
    # Each object of kubernetes.client creates a whole configuration of its own unless it is given one.
    kubernetes = Configuration()
    ops: dict[str, dsl.BaseOp] = {}

    def build_steps() -> None:
        if plan.config.volume is not None:
            ops[VOLUME_CREATE] = _volume_op(plan.config.volume)
        for pod in plan.pods:
            if not pod.runs_last:
                ops[pod.name] = _container_op(pod, plan, ops, kubernetes)

    if plan.exit_pod is None:
        build_steps()
        return
    with dsl.ExitHandler(_container_op(plan.exit_pod, plan, ops, kubernetes)):
        build_steps()


def _container_op(
    pod: Pod, plan: WorkflowPlan, ops: dict[str, dsl.BaseOp], kubernetes: Configuration
) -> dsl.ContainerOp:
    op = dsl.ContainerOp(
        name=pod.name,
        image=plan.config.image,
        command=list(pod.command),
        arguments=list(pod.arguments),
        file_outputs={item.name: item.path for item in pod.outputs},
        container_kwargs={"local_vars_configuration": kubernetes},
    )
    for item in pod.inputs:
        value = str(ops[item.pod].outputs[item.output])
        op.container.add_env_variable(V1EnvVar(name=item.variable, value=value))
    return op.after(*(ops[name] for name in pod.dependencies))


def _volume_op(volume: VolumeConfig) -> dsl.ResourceOp:
    """Builds the op that creates the volume claim."""
    op = dsl.ResourceOp(
        name=VOLUME_CREATE,
        action="create",
        k8s_resource=V1PersistentVolumeClaim(
            api_version="v1",
            kind="PersistentVolumeClaim",
            metadata=V1ObjectMeta(name=CLAIM_NAME),
            spec=V1PersistentVolumeClaimSpec(
                access_modes=list(volume.access_modes),
                resources=V1ResourceRequirements(requests={"storage": volume.size}),
                storage_class_name=volume.storageclass,
            ),
        ),
        # The claim is deleted with the workflow, so that a retry still finds the data of the steps that succeeded.
        set_owner_reference=not volume.keep or None,
    )
    return op.add_pod_annotation(STALENESS, NEVER_CACHED)
