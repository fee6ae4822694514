"""The plan of a workflow as frozen data: made by ``plan``, turned into a workflow by ``generator``."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Optional

from kedro_kubeflow.argo import naming
from kedro_kubeflow.compiler.config_map_parameters import ConfigMapParameter
from kedro_kubeflow.compiler.workflow_parameters import WorkflowParameter
from kedro_kubeflow.config import DATA_VOLUME, PodOptions, RunConfig
from kedro_kubeflow.project import Node

VOLUME_CREATE = "data-volume-create"
"""Name of the step that creates the volume claim. Argo itself runs it: it has no pod."""

VOLUME_INIT = "data-volume-init"
MLFLOW_START = "mlflow-start-run"
MLFLOW_END = "mlflow-end-run"
CLAIM_NAME = f"{{{{workflow.name}}}}-{DATA_VOLUME}"


class PodKind(Enum):
    """What a pod is for."""

    VOLUME_INIT = "copies the image's data to the new volume"
    WAIT = "waits for a run of another pipeline"
    MLFLOW_START = "starts the MLflow run"
    STEP = "runs nodes of the pipeline"
    EXIT = "runs the exit pipeline"
    MLFLOW_END = "ends the MLflow run"


LAST = (PodKind.EXIT, PodKind.MLFLOW_END)
"""Pods of these kinds run when all others have ended, whatever happened."""


@dataclass(frozen=True)
class Artifact:
    """A file or folder that a pod leaves and Kubeflow shows.

    Attributes:
        name: legal, unique in the pod.
        path: absolute path in the pod.
    """

    name: str
    path: str


@dataclass(frozen=True)
class OutputParameter:
    """A value that a pod leaves for others.

    Attributes:
        name: as kfp has it.
        path: absolute path in the pod of the file that holds it.
    """

    name: str
    path: str


@dataclass(frozen=True)
class InputVariable:
    """An environment variable with a value that another pod left.

    Attributes:
        variable: its name.
        pod: name of the other pod.
        output: name of the other pod's :class:`OutputParameter`.
    """

    variable: str
    pod: str
    output: str


@dataclass(frozen=True)
class Pod:
    """One pod of a run: all that its template says beside what all pods share.

    Attributes:
        name: of template and task.
        kind: what it is for.
        command: the container's command.
        arguments: the container's arguments.
        options: the settings by step that apply to it.
        display_name: what Kubeflow shows.
        dependencies: names of the steps that must have succeeded.
        pipeline: registered name of the pipeline that it runs nodes of, or None.
        nodes: the nodes that it runs.
        volume_folder: folder of the project at which the data volume is mounted, or None.
        cacheable: whether Kubeflow may reuse its outputs; not if it has side effects.
        inputs: what it takes from other pods.
        outputs: what it leaves for other pods.
        artifacts: what it leaves for Kubeflow to show.
    """

    name: str
    kind: PodKind
    command: tuple[str, ...]
    arguments: tuple[str, ...]
    options: PodOptions
    display_name: str
    dependencies: tuple[str, ...] = ()
    pipeline: Optional[str] = None
    nodes: tuple[Node, ...] = ()
    volume_folder: Optional[str] = None
    cacheable: bool = True
    inputs: tuple[InputVariable, ...] = ()
    outputs: tuple[OutputParameter, ...] = ()
    artifacts: tuple[Artifact, ...] = ()

    @property
    def runs_last(self) -> bool:
        """Whether it is the exit handler."""
        return self.kind in LAST


@dataclass(frozen=True)
class WorkflowPlan:
    """All that the workflow says.

    Attributes:
        name: start of the workflow's name.
        pipeline: registered name of the pipeline.
        pods: all pods of a run, each after those it depends on; the exit handler last.
        parameters: by name.
        command: the command of a pod that does not say its own.
        environment: names and values of the variables that all pods have.
        default_options: the settings by step that apply to a pod without settings of its own.
        config: the rest, as the user wrote it.
        config_map_parameters: Kedro parameters whose values come from config maps.
    """

    name: str
    pipeline: str
    pods: tuple[Pod, ...]
    parameters: tuple[WorkflowParameter, ...]
    command: tuple[str, ...]
    environment: tuple[tuple[str, str], ...]
    default_options: PodOptions
    config: RunConfig
    config_map_parameters: tuple[ConfigMapParameter, ...] = ()

    @property
    def steps(self) -> tuple[Pod, ...]:
        """The pods that run the pipeline's nodes."""
        return tuple(pod for pod in self.pods if pod.kind is PodKind.STEP)

    @property
    def exit_pod(self) -> Optional[Pod]:
        """The exit handler, or None."""
        return next((pod for pod in self.pods if pod.runs_last), None)


def exit_step_name(pipeline: str) -> str:
    """Returns the name of the step that runs an exit pipeline."""
    return naming.step_name(f"on-exit-{pipeline}")
