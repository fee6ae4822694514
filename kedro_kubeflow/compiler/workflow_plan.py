"""The plan of a workflow as frozen data: made by ``plan``, turned into a workflow by ``generator``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

from kedro_kubeflow.compiler.config_map_parameters import ConfigMapParameter
from kedro_kubeflow.compiler.wait_steps import WaitStep
from kedro_kubeflow.compiler.workflow_parameters import WorkflowParameter
from kedro_kubeflow.config import PodOptions, RunConfig

VOLUME_CREATE = "data-volume-create"
VOLUME_INIT = "data-volume-init"
REFERENCE = "template-defaults"
"""Name of the op that stands for a step without settings of its own while the workflow is generated."""

MLFLOW_START = "mlflow-start-run"
MLFLOW_END = "mlflow-end-run"


@dataclass(frozen=True)
class Artifact:
    """A file or folder that a step leaves and Kubeflow shows.

    Attributes:
        name: legal, one of its kind in the step.
        path: absolute path in the pod.
    """

    name: str
    path: str


@dataclass(frozen=True)
class Step:
    """One pod that runs Kedro nodes.

    Attributes:
        name: of template and task.
        display_name: what Kubeflow shows: the node's or group's own name.
        pipeline: registered name of the pipeline that the nodes are in.
        nodes: their names; empty for all of the pipeline.
        dependencies: names of steps that must have succeeded.
        artifacts: what it leaves for Kubeflow to show.
        options: what its pod is given.
        mounts_volume: whether the data volume is there.
    """

    name: str
    display_name: str
    pipeline: str
    nodes: tuple[str, ...]
    dependencies: tuple[str, ...]
    artifacts: tuple[Artifact, ...]
    options: PodOptions
    mounts_volume: bool


@dataclass(frozen=True)
class MlflowSteps:
    """The steps around an MLflow run that all others log to.

    Attributes:
        start, end: what the pods of the first and of the last are given; the last is left out where there is an
            exit step, which then does its work.
        on_volume: whether MLflow keeps its runs on the data volume.
    """

    start: PodOptions
    end: PodOptions
    on_volume: bool


@dataclass(frozen=True)
class WorkflowPlan:
    """All that the workflow will say.

    Attributes:
        name: start of the workflow's name.
        env: Kedro's configuration environment in the pods.
        pipeline: registered name of the pipeline.
        steps: dependencies before dependents.
        exit_step: runs last, or None.
        mlflow: the steps around the run's one MLflow run, or None where it is none.
        parameters: in the order of the configuration.
        environment: names and values of the pods' variables.
        default_options: what a pod without settings of its own is given.
        volume_init: what the pod is given that fills a fresh volume.
        config: the rest, as the user wrote it.
        config_map_parameters: Kedro parameters that get their values from config maps.
        waits: the first steps, which wait for other pipelines.
        interface: address of Kubeflow's interface for people, or None.
    """

    name: str
    env: str
    pipeline: str
    steps: tuple[Step, ...]
    exit_step: Optional[Step]
    mlflow: Optional[MlflowSteps]
    parameters: tuple[WorkflowParameter, ...]
    environment: tuple[tuple[str, str], ...]
    default_options: PodOptions
    volume_init: PodOptions
    config: RunConfig
    config_map_parameters: tuple[ConfigMapParameter, ...] = ()
    waits: tuple[WaitStep, ...] = ()
    interface: Optional[str] = None
