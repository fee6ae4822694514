"""External dependencies in, the first steps of the workflow, which wait for them, out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Optional

from kedro_kubeflow.argo import naming
from kedro_kubeflow.config import ExternalDependency, PodOptions, RunConfig, options_of, told_apart
from kedro_kubeflow.findings import Tell, stop_at_errors


@dataclass(frozen=True)
class WaitStep:
    """A pod that waits for a run of another pipeline.

    Attributes:
        name: of template and task.
        dependency: what it waits for.
        namespace: of the run on a multi-user server, or None for the pod's own.
        options: what its pod is given.
    """

    name: str
    dependency: ExternalDependency
    namespace: Optional[str]
    options: PodOptions


def wait_steps(
    config: RunConfig, reserved: Iterable[str], tell: Tell = stop_at_errors
) -> tuple[WaitStep, ...]:
    """Plans the steps that wait for other pipelines, in the order of the configuration.

    Args:
        config: ``run_config``.
        reserved: names of steps that are taken.
        tell: is told what is wrong with their settings.
    """
    texts = [f"wait-for-{text}" for text in told_apart(config.external_dependencies)]
    names = naming.legal_names(texts, naming.step_name, reserved)
    return tuple(
        WaitStep(
            name=names[text],
            dependency=dependency,
            namespace=dependency.namespace or config.namespace,
            options=options_of(config, names[text], tell=tell),
        )
        for text, dependency in zip(texts, config.external_dependencies)
    )
