"""A compiled pipeline in, what the checks look at out: its nodes, and the pods that its run will have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from kedro_kubeflow.compiler import (
    MLFLOW_END,
    MLFLOW_START,
    VOLUME_INIT,
    CompiledPipeline,
    Step,
    WorkflowPlan,
    nodes_of_step,
)
from kedro_kubeflow.config import PodOptions, RunConfig
from kedro_kubeflow.project import Dataset, KedroProject, Node, nodes_of


@dataclass(frozen=True)
class Pod:
    """One pod of a run.

    Attributes:
        name: of the step.
        options: what it is given.
        before: names of the pods that must have ended.
        mounts_volume: whether the data volume is there.
    """

    name: str
    options: PodOptions
    before: tuple[str, ...]
    mounts_volume: bool


@dataclass(frozen=True)
class Subject:
    """What is checked.

    Attributes:
        compiled: the pipeline; what was wrong with it is left out of its plan.
        environ: this machine's environment.
    """

    compiled: CompiledPipeline
    environ: Mapping[str, str]

    @property
    def project(self) -> KedroProject:
        """Where it comes from."""
        return self.compiled.project

    @property
    def plan(self) -> WorkflowPlan:
        """What its workflow says."""
        return self.compiled.plan

    @property
    def config(self) -> RunConfig:
        """The project's ``run_config``."""
        return self.compiled.config.run_config

    @cached_property
    def steps(self) -> tuple[tuple[Step, tuple[Node, ...]], ...]:
        """The steps, the exit step last, each with its nodes."""
        steps = [*self.plan.steps, *([self.plan.exit_step] if self.plan.exit_step else [])]
        nodes = {step.pipeline: nodes_of(self.project.pipeline(step.pipeline)) for step in steps}
        return tuple((step, tuple(nodes_of_step(step, nodes[step.pipeline]))) for step in steps)

    @cached_property
    def pods(self) -> tuple[Pod, ...]:
        """All pods that a run may have, each after those it waits for."""
        plan, volume = self.plan, self.config.volume
        pods: list[Pod] = []

        def add(name: str, options: PodOptions, before: tuple[str, ...], mounts: bool) -> None:
            pods.append(Pod(name, options, before, mounts))

        if volume is not None and not volume.skip_init:
            add(VOLUME_INIT, plan.default_options, (), True)
        first = tuple(pod.name for pod in pods)
        if plan.mlflow is not None:
            on_volume = plan.mlflow.on_volume
            add(MLFLOW_START, plan.mlflow.start, first if on_volume else (), on_volume)
        first = tuple(pod.name for pod in pods)
        for step in plan.steps:
            add(step.name, step.options, step.dependencies or first, step.mounts_volume)
        everything = tuple(pod.name for pod in pods)
        if plan.exit_step is not None:
            add(
                plan.exit_step.name,
                plan.exit_step.options,
                everything,
                plan.exit_step.mounts_volume,
            )
        elif plan.mlflow is not None:
            add(MLFLOW_END, plan.mlflow.end, everything, plan.mlflow.on_volume)
        return tuple(pods)

    def dataset(self, name: str) -> Dataset:
        """Looks a dataset up in the catalog."""
        return self.project.catalog.dataset(name)
