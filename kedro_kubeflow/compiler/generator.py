"""A :class:`WorkflowPlan` in, the Argo workflow that kfp compiles from its ContainerOps out, as a dict.

Only this module knows kfp's compiler. What kfp cannot say is added in :mod:`kedro_kubeflow.compiler.workflow_edits`.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, Optional

from kfp import dsl
from kfp.compiler import Compiler
from kubernetes.client import (
    Configuration,
    V1EnvVar,
    V1ObjectMeta,
    V1PersistentVolumeClaim,
    V1PersistentVolumeClaimSpec,
    V1ResourceRequirements,
    V1SecurityContext,
    V1VolumeMount,
)

from kedro_kubeflow.compiler.wait_steps import WaitStep
from kedro_kubeflow.compiler.workflow_edits import difference, finish_workflow
from kedro_kubeflow.compiler.workflow_plan import (
    MLFLOW_END,
    MLFLOW_START,
    REFERENCE,
    VOLUME_CREATE,
    VOLUME_INIT,
    Step,
    WorkflowPlan,
)
from kedro_kubeflow.config import DATA_VOLUME, IN_CLUSTER_HOST, PodOptions, apply_pod_options
from kedro_kubeflow.findings import Tell, stop_at_errors
from kedro_kubeflow.project import DATA_FOLDER, OWN_FOLDER
from kedro_kubeflow.project.parameter_values import safe_json, to_text
from kedro_kubeflow.variables import MLFLOW_RUN_ID

CLAIM_NAME = f"{{{{workflow.name}}}}-{DATA_VOLUME}"
ALL_PARAMETERS = "{{workflow.parameters}}"
FRESH_VOLUME = f"{OWN_FOLDER}/fresh-volume"
"""Where the step that fills the volume finds it: its usual place would hide the image's own data."""

MLFLOW_RUN_ID_FILE = f"{OWN_FOLDER}/mlflow-run-id"
"""Where the step that starts the MLflow run leaves its id for Argo, in the project's folder."""

NEVER_CACHED = "P0D"


def generate_workflow(plan: WorkflowPlan, tell: Tell = stop_at_errors) -> dict[str, Any]:
    """Generates the workflow.

    Args:
        plan: what it says.
        tell: is told where it breaks a limit.

    Returns:
        An ``argoproj.io/v1alpha1`` Workflow; the same plan gives the same dict, in the same order.
    """
    builder = _OpBuilder(plan)

    def build() -> None:
        builder.build()

    # kfp takes the docstring of what it is given for a description, and its annotations for outputs.
    build.__annotations__.clear()

    with warnings.catch_warnings():
        # kfp tells at each ContainerOp that its author would rather see components.
        warnings.simplefilter("ignore", FutureWarning)
        workflow = Compiler()._create_workflow(
            build,
            pipeline_name=plan.name,
            pipeline_description=plan.config.description,
            pipeline_conf=_pipeline_conf(plan),
        )
    return finish_workflow(workflow, plan, DATA_VOLUME, CLAIM_NAME, tell)


def _pipeline_conf(plan: WorkflowPlan) -> dsl.PipelineConf:
    conf = dsl.PipelineConf()
    conf.set_ttl_seconds_after_finished(plan.config.ttl)
    if plan.config.parallelism:
        conf.set_parallelism(plan.config.parallelism)
    return conf


class _OpBuilder:
    """Builds a plan's ops inside kfp's compiler.

    What all containers share is given to one op, the reference: kfp goes through everything that an op carries, and
    each object of ``kubernetes.client`` makes a whole configuration of its own, which took longer than all the rest.
    """

    def __init__(self, plan: WorkflowPlan) -> None:
        self._plan = plan
        self._data_mount = V1VolumeMount(name=DATA_VOLUME, mount_path=self._in_project(DATA_FOLDER))
        renamed = {item.name: item.key for item in plan.parameters if item.name != item.key}
        self._parameter_names = ["--parameter-names", safe_json(renamed)] if renamed else []
        self._command = self._step_command(plan.pipeline)
        self._kubernetes = Configuration()

    def build(self) -> None:
        """Is the pipeline function that kfp calls."""
        exit_op = self._exit_op()
        if exit_op is None:
            self._build_steps()
            return
        _never_cache(exit_op)
        with dsl.ExitHandler(exit_op):
            self._build_steps()

    def _exit_op(self) -> Optional[dsl.ContainerOp]:
        step, mlflow = self._plan.exit_step, self._plan.mlflow
        told = ["--status", "{{workflow.status}}"]
        if step is not None:
            # One pod ends the MLflow run, too.
            ends = ["--end-mlflow-run"] if mlflow else []
            return self._step_op(step, [*told, "--failures", "{{workflow.failures}}", *ends])
        if mlflow is None:
            return None
        command = self._project_command("mlflow-end", self._plan.pipeline)
        op = self._container_op(MLFLOW_END, command, told, mlflow.end)
        if mlflow.on_volume:
            op.container.add_volume_mount(self._data_mount)
        return op

    def _build_steps(self) -> None:
        self._reference_op()
        ops: dict[str, dsl.BaseOp] = {}
        first = self._volume_ops()
        waits = [self._wait_op(step) for step in self._plan.waits]
        mlflow_run = self._mlflow_run(first, waits)
        for step in self._plan.steps:
            op = self._step_op(step)
            if mlflow_run is not None:
                op.container.add_env_variable(mlflow_run)
            for name in step.dependencies:
                op.after(ops[name])
            if not step.dependencies:
                op.after(*first, *waits)
            ops[step.name] = op

    def _mlflow_run(
        self, volume: Sequence[dsl.BaseOp], waits: Sequence[dsl.BaseOp]
    ) -> Optional[V1EnvVar]:
        """Builds the op that starts the MLflow run, and gives the variable by which a step takes it up."""
        mlflow = self._plan.mlflow
        if mlflow is None:
            return None
        command = self._project_command("mlflow-start", self._plan.pipeline)
        told = ["--output", MLFLOW_RUN_ID_FILE]
        outputs = {"mlflow_run_id": self._in_project(MLFLOW_RUN_ID_FILE)}
        op = self._container_op(MLFLOW_START, command, told, mlflow.start, outputs)
        _never_cache(op)
        op.after(*waits)
        if mlflow.on_volume:
            op.container.add_volume_mount(self._data_mount)
            op.after(*volume)
        return V1EnvVar(name=MLFLOW_RUN_ID, value=str(op.output))

    def _wait_op(self, step: WaitStep) -> dsl.ContainerOp:
        """Builds an op that waits for a run of another pipeline."""
        command = ["kedro", "kubeflow", "--env", self._plan.env, "wait-for-run"]
        wanted = step.dependency
        told = {
            "--name": to_text(wanted.name),
            "--task": None if wanted.task is None else to_text(wanted.task),
            "--host": to_text(wanted.host),
            "--namespace": step.namespace,
            # Where the API is not at its usual place, it may be another Kubeflow's.
            "--interface": self._plan.interface if wanted.host == IN_CLUSTER_HOST else None,
            "--timeout": str(wanted.timeout),
            "--max-age": str(wanted.max_age),
        }
        arguments = [
            word for name, value in told.items() if value is not None for word in (name, value)
        ]
        if not wanted.check_existence:
            arguments.append("--may-not-exist")
        op = self._container_op(step.name, command, arguments, step.options)
        _never_cache(op)
        return op

    def _volume_ops(self) -> Sequence[dsl.BaseOp]:
        """Builds the ops that make the volume ready, and gives the last of them."""
        volume = self._plan.config.volume
        if volume is None:
            return ()
        create = dsl.ResourceOp(
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
            # The claim goes when the workflow goes, so that a retry still finds the data of the steps that succeeded.
            set_owner_reference=not volume.keep or None,
        )
        create.add_pod_annotation("pipelines.kubeflow.org/max_cache_staleness", NEVER_CACHED)
        if volume.skip_init:
            return (create,)
        command = ["kedro", "kubeflow", "--env", self._plan.env, "volume-init"]
        init = self._container_op(
            VOLUME_INIT, command, [DATA_FOLDER, FRESH_VOLUME], self._plan.volume_init
        )
        init.container.add_volume_mount(
            V1VolumeMount(name=DATA_VOLUME, mount_path=self._in_project(FRESH_VOLUME))
        )
        _never_cache(init)
        init.after(create)
        return (init,)

    def _step_op(self, step: Step, told: Sequence[str] = ()) -> dsl.ContainerOp:
        arguments = ["--nodes", safe_json(list(step.nodes))] if step.nodes else []
        if self._plan.parameters:
            arguments += ["--parameters", ALL_PARAMETERS]
        op = self._container_op(
            step.name, self._step_command(step.pipeline), [*arguments, *told], step.options
        )
        if step.display_name != step.name:
            # Argo resolves tags in annotations too, and refuses one that names nothing.
            op.set_display_name(step.display_name.replace("{{", "{ {"))
        if step.mounts_volume:
            op.container.add_volume_mount(self._data_mount)
        return op

    def _step_command(self, pipeline: str) -> list[str]:
        return [*self._project_command("run-step", pipeline), *self._parameter_names]

    def _project_command(self, name: str, pipeline: str) -> list[str]:
        dynamic = ["--dynamic-config"] if self._plan.config.dynamic_config_providers else []
        start = ["kedro", "kubeflow", "--env", self._plan.env, name, *dynamic]
        return [*start, "--pipeline", to_text(pipeline)]

    def _reference_op(self) -> None:
        """Builds the op that stands for a step without settings of its own, with all that steps share."""
        config = self._plan.config
        op = self._op(REFERENCE, self._command, [])
        op.container.set_image_pull_policy(config.image_pull_policy)
        op.container.working_dir = config.project_path
        op.container.env = [
            V1EnvVar(name=name, value=value) for name, value in self._plan.environment
        ]
        if config.volume is not None:
            op.container.set_security_context(V1SecurityContext(run_as_user=config.volume.owner))
        apply_pod_options(op, self._plan.default_options)

    def _container_op(
        self,
        name: str,
        command: Sequence[str],
        arguments: Sequence[str],
        options: PodOptions,
        outputs: Optional[Mapping[str, str]] = None,
    ) -> dsl.ContainerOp:
        """Builds an op with what it has of its own; the rest is in the reference."""
        op = self._op(name, None if command == self._command else command, arguments, outputs)
        shared = self._plan.default_options.values.get("resources", {})
        resources = difference(options.values.get("resources", {}), shared)
        apply_pod_options(op, PodOptions({**options.values, "resources": resources}))
        return op

    def _op(
        self,
        name: str,
        command: Optional[Sequence[str]],
        arguments: Sequence[str],
        outputs: Optional[Mapping[str, str]] = None,
    ) -> dsl.ContainerOp:
        op = dsl.ContainerOp(
            name=name,
            image=self._plan.config.image,
            command=None if command is None else list(command),
            arguments=list(arguments),
            file_outputs=dict(outputs or {}),
            container_kwargs={"local_vars_configuration": self._kubernetes},
        )
        staleness = self._plan.config.max_cache_staleness
        if staleness:
            op.execution_options.caching_strategy.max_cache_staleness = staleness
        return op

    def _in_project(self, folder: str) -> str:
        return str(PurePosixPath(self._plan.config.project_path) / folder)


def _never_cache(op: dsl.ContainerOp) -> None:
    op.execution_options.caching_strategy.max_cache_staleness = NEVER_CACHED
