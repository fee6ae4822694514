"""Plans the pods of a workflow: for each its command, arguments, settings, volume, inputs and outputs.

Everything that a pod gets is decided here; the generator, the templates and the checks only read it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Optional

from kedro_kubeflow.argo import limits, naming
from kedro_kubeflow.compiler.mlflow_tracking import Tracking
from kedro_kubeflow.compiler.workflow_parameters import WorkflowParameter
from kedro_kubeflow.compiler.workflow_plan import (
    MLFLOW_END,
    MLFLOW_START,
    VOLUME_CREATE,
    VOLUME_INIT,
    Artifact,
    InputVariable,
    OutputParameter,
    Pod,
    PodKind,
    exit_step_name,
)
from kedro_kubeflow.config import (
    IN_CLUSTER_HOST,
    ExternalDependency,
    RunConfig,
    options_of,
)
from kedro_kubeflow.findings import ReportFinding
from kedro_kubeflow.project import (
    DATA_FOLDER,
    OWN_FOLDER,
    CatalogReader,
    Group,
    Node,
    lies_in_data_folder,
    path_in_pod,
    published_path,
)
from kedro_kubeflow.project.parameter_values import safe_json, to_text
from kedro_kubeflow.variables import MLFLOW_RUN_ID

ALL_PARAMETERS = "{{workflow.parameters}}"
FRESH_VOLUME = f"{OWN_FOLDER}/fresh-volume"
"""Where the step that fills the volume mounts it: its usual place would hide the image's own data."""

MLFLOW_RUN_ID_FILE = f"{OWN_FOLDER}/mlflow-run-id"
"""Where the step that starts the MLflow run writes its id for Argo, in the project's folder."""

_MLFLOW_OUTPUT = "mlflow_run_id"


@dataclass(frozen=True)
class PodPlanner:
    """Plans pods of one workflow.

    Attributes:
        config: ``run_config``.
        env: Kedro's configuration environment.
        pipeline: registered name of the pipeline that is compiled.
        parameters: the workflow's parameters.
        catalog: where datasets are stored.
        tracking: how runs are tracked with MLflow, or None.
        report: receives what is wrong with the settings.
    """

    config: RunConfig
    env: str
    pipeline: str
    parameters: Sequence[WorkflowParameter]
    catalog: CatalogReader
    tracking: Optional[Tracking]
    report: ReportFinding

    def before_steps(
        self, waits: Mapping[str, ExternalDependency], interface: Optional[str]
    ) -> tuple[Pod, ...]:
        """Plans the pods that run before the pipeline's nodes.

        Args:
            waits: names of steps to the external dependencies that they wait for.
            interface: URL of Kubeflow's interface, for links in the logs of pods.
        """
        pods = []
        if self.config.volume is not None and not self.config.volume.skip_init:
            pods.append(self._volume_init())
        pods += [self._wait(name, dependency, interface) for name, dependency in waits.items()]
        if self.tracking is not None:
            pods.append(self._mlflow_start(self.tracking, tuple(waits)))
        return tuple(pods)

    def step(self, group: Group, names: Mapping[str, str], count: int, waits: Iterable[str]) -> Pod:
        """Plans the pod of a group of nodes.

        Args:
            group: the nodes.
            names: names of the groups to names of their steps.
            count: number of nodes of the whole pipeline.
            waits: names of the steps that wait for other pipelines.
        """
        dependencies = tuple(names[name] for name in group.dependencies)
        mlflow = (InputVariable(MLFLOW_RUN_ID, MLFLOW_START, _MLFLOW_OUTPUT),)
        tracked = self.tracking is not None
        nodes = group.nodes if len(group.nodes) < count else ()
        return Pod(
            name=names[group.name],
            kind=PodKind.STEP,
            command=self.run_step(self.pipeline),
            arguments=self._run_step_arguments(nodes),
            options=options_of(self.config, names[group.name], group.nodes, self.report),
            display_name=group.name,
            dependencies=(
                *(dependencies or (*self._volume_ready(), *waits)),
                *((MLFLOW_START,) if tracked else ()),
            ),
            pipeline=self.pipeline,
            nodes=group.nodes,
            volume_folder=DATA_FOLDER if self.config.volume else None,
            inputs=mlflow if tracked else (),
            artifacts=self._artifacts(group.nodes),
        )

    def exit_pipeline(self, pipeline: str, nodes: tuple[Node, ...]) -> Pod:
        """Plans the pod that runs the exit pipeline."""
        name = exit_step_name(pipeline)
        # One pod ends the MLflow run, too.
        ends = ("--end-mlflow-run",) if self.tracking else ()
        return Pod(
            name=name,
            kind=PodKind.EXIT,
            command=self.run_step(pipeline),
            arguments=(
                *self._run_step_arguments(()),
                *("--status", "{{workflow.status}}", "--failures", "{{workflow.failures}}"),
                *ends,
            ),
            options=options_of(self.config, name, nodes, self.report),
            display_name=name,
            pipeline=pipeline,
            nodes=nodes,
            # A pod hangs if the volume was not provisioned, and a notification must not hang with it.
            volume_folder=DATA_FOLDER if self._exit_needs_volume(nodes) else None,
            cacheable=False,
            artifacts=self._artifacts(nodes),
        )

    def mlflow_end(self, tracking: Tracking) -> Pod:
        """Plans the pod that ends the MLflow run where there is no exit pipeline."""
        return Pod(
            name=MLFLOW_END,
            kind=PodKind.MLFLOW_END,
            command=self._project_command("mlflow-end", self.pipeline),
            arguments=("--status", "{{workflow.status}}"),
            options=options_of(self.config, MLFLOW_END, report=self.report),
            display_name=MLFLOW_END,
            volume_folder=DATA_FOLDER if tracking.on_volume else None,
            cacheable=False,
        )

    def run_step(self, pipeline: str) -> tuple[str, ...]:
        """Returns the command that runs nodes of a pipeline."""
        renamed = {item.name: item.key for item in self.parameters if item.name != item.key}
        names = ("--parameter-names", safe_json(renamed)) if renamed else ()
        return (*self._project_command("run-step", pipeline), *names)

    def _volume_init(self) -> Pod:
        return Pod(
            name=VOLUME_INIT,
            kind=PodKind.VOLUME_INIT,
            command=self._command("volume-init"),
            arguments=(DATA_FOLDER, FRESH_VOLUME),
            options=options_of(self.config, VOLUME_INIT, report=self.report),
            display_name=VOLUME_INIT,
            dependencies=(VOLUME_CREATE,),
            volume_folder=FRESH_VOLUME,
            cacheable=False,
        )

    def _wait(self, name: str, wanted: ExternalDependency, interface: Optional[str]) -> Pod:
        options = {
            "--name": to_text(wanted.name),
            "--task": None if wanted.task is None else to_text(wanted.task),
            "--host": to_text(wanted.host),
            "--namespace": wanted.namespace or self.config.namespace,
            # Where the API is not at its usual place, it may be another Kubeflow's.
            "--interface": interface if wanted.host == IN_CLUSTER_HOST else None,
            "--timeout": str(wanted.timeout),
            "--max-age": str(wanted.max_age),
        }
        arguments = [word for option in options.items() if option[1] is not None for word in option]
        if not wanted.check_existence:
            arguments.append("--may-not-exist")
        return Pod(
            name=name,
            kind=PodKind.WAIT,
            command=self._command("wait-for-run"),
            arguments=tuple(map(str, arguments)),
            options=options_of(self.config, name, report=self.report),
            display_name=name,
            cacheable=False,
        )

    def _mlflow_start(self, tracking: Tracking, waits: tuple[str, ...]) -> Pod:
        return Pod(
            name=MLFLOW_START,
            kind=PodKind.MLFLOW_START,
            command=self._project_command("mlflow-start", self.pipeline),
            arguments=("--output", MLFLOW_RUN_ID_FILE),
            options=options_of(self.config, MLFLOW_START, report=self.report),
            display_name=MLFLOW_START,
            dependencies=(*(self._volume_ready() if tracking.on_volume else ()), *waits),
            volume_folder=DATA_FOLDER if tracking.on_volume else None,
            cacheable=False,
            outputs=(OutputParameter(_MLFLOW_OUTPUT, self._in_project(MLFLOW_RUN_ID_FILE)),),
        )

    def _volume_ready(self) -> tuple[str, ...]:
        """Returns the name of the step after which the volume can be used."""
        if self.config.volume is None:
            return ()
        return (VOLUME_CREATE if self.config.volume.skip_init else VOLUME_INIT,)

    def _exit_needs_volume(self, nodes: Iterable[Node]) -> bool:
        if self.config.volume is None:
            return False
        paths = (
            path_in_pod(self.catalog.dataset(name).path, self.config.project_path)
            for node in nodes
            for name in (*node.inputs, *node.outputs)
        )
        return any(path is not None and lies_in_data_folder(path) for path in paths) or bool(
            self.tracking and self.tracking.on_volume
        )

    def _run_step_arguments(self, nodes: Sequence[Node]) -> tuple[str, ...]:
        """Returns the arguments of ``run-step``; without nodes, it runs all of the pipeline."""
        chosen = ("--nodes", safe_json([node.name for node in nodes])) if nodes else ()
        return (*chosen, *(("--parameters", ALL_PARAMETERS) if self.parameters else ()))

    def _command(self, name: str) -> tuple[str, ...]:
        return ("kedro", "kubeflow", "--env", self.env, name)

    def _project_command(self, name: str, pipeline: str) -> tuple[str, ...]:
        dynamic = ("--dynamic-config",) if self.config.dynamic_config_providers else ()
        return (*self._command(name), *dynamic, "--pipeline", to_text(pipeline))

    def _artifacts(self, nodes: Iterable[Node]) -> tuple[Artifact, ...]:
        if not self.config.store_kedro_outputs_as_kfp_artifacts:
            return ()
        paths = {}
        for name in sorted({name for node in nodes for name in node.outputs}):
            dataset = self.catalog.dataset(name)
            # A path is part of the template, in which Argo would expand {{…}}.
            shown = "" if dataset.path is None else str(dataset.path)
            if dataset.path is None or dataset.in_home:
                continue
            if "{{" not in shown and not limits.unstorable(shown):
                path = published_path(dataset.path) if dataset.versioned else dataset.path
                paths[name] = self._in_project(path)
        names = naming.legal_names(paths, naming.artifact_name)
        return tuple(Artifact(names[name], path) for name, path in paths.items())

    def _in_project(self, path: str | PurePosixPath) -> str:
        return str(PurePosixPath(self.config.project_path) / path)
