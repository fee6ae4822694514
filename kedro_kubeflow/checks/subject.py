"""What the checks look at: a compiled pipeline, its pods and what each of them waits for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from kedro_kubeflow.checks.concurrency import most_together
from kedro_kubeflow.compiler import CompiledPipeline, Pod, WorkflowPlan
from kedro_kubeflow.config import RunConfig
from kedro_kubeflow.project import Dataset, KedroProject


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
        """The project that the pipeline is part of."""
        return self.compiled.project

    @property
    def plan(self) -> WorkflowPlan:
        """What its workflow says."""
        return self.compiled.plan

    @property
    def config(self) -> RunConfig:
        """The project's ``run_config``."""
        return self.compiled.config.run_config

    @property
    def pods(self) -> tuple[Pod, ...]:
        """All pods that a run may have, each after those it waits for."""
        return self.plan.pods

    @property
    def steps(self) -> tuple[Pod, ...]:
        """The pods that run Kedro nodes: those of the pipeline, then of the exit pipeline."""
        return tuple(pod for pod in self.pods if pod.nodes)

    @cached_property
    def before(self) -> Mapping[str, tuple[str, ...]]:
        """Names of the pods that each pod waits for; the exit handler waits for all others."""
        names = tuple(pod.name for pod in self.pods)
        return {
            pod.name: names[:-1]
            if pod.runs_last
            else tuple(name for name in pod.dependencies if name in names)
            for pod in self.pods
        }

    def most_together(self, weights: Mapping[str, int]) -> int:
        """Returns an upper bound of what pods weigh together that run at the same time.

        Args:
            weights: of each pod, not negative, in the order of :attr:`pods`.
        """
        alone = [weights[pod.name] for pod in self.pods if pod.runs_last]
        others = {pod.name: weights[pod.name] for pod in self.pods if not pod.runs_last}
        return max([most_together(others, self.before, self.config.parallelism), *alone])

    def dataset(self, name: str) -> Dataset:
        """Looks a dataset up in the catalog."""
        return self.project.catalog.dataset(name)
