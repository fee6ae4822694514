"""Warns about everything that steps have in a cluster and not on this machine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kedro_kubeflow.local.pod_folder import working_dir
from kedro_kubeflow.local.step_environment import unknown_variables
from kedro_kubeflow.local.step_graph import GraphNode
from kedro_kubeflow.local.volumes import declared_volumes, plan_mounts

_NAMES_SHOWN = 5


def find_left_out(
    steps: Iterable[tuple[str, GraphNode]], spec: Mapping[str, Any], caller: Mapping[str, str]
) -> tuple[str, ...]:
    """One sentence for each volume or variable that some steps will not have.

    Args:
        steps: names and nodes of all steps.
        spec: of the workflow.
        caller: the environment of the caller.

    Raises:
        LocalRunError: a step mounts a volume that nothing declares.
    """
    sentences = Sentences()
    for name, node in steps:
        if node.template.kind != "container":
            continue
        body, where = node.template.body, node.template.where
        _, skipped = plan_mounts(body, declared_volumes(spec, body), working_dir(body), where)
        for mount in skipped:
            sentences.add(f"Volume '{mount.volume}' is not mounted, because {mount.reason}", name)
        for variable in unknown_variables(body["container"], caller):
            sentences.add(
                f"The variable {variable} comes from the cluster and is not set here; "
                "export it to give it a value",
                name,
            )
        if body["container"].get("envFrom"):
            sentences.add(
                "Variables under 'envFrom' come from the cluster; export those that are needed",
                name,
            )
    return sentences.all()


class Sentences:
    """What is true of several steps, said once."""

    def __init__(self) -> None:
        """Nothing is said yet."""
        self._steps: dict[str, list[str]] = {}

    def add(self, sentence: str, step: str = "") -> None:
        """Say something of a step, or of the whole run."""
        names = self._steps.setdefault(sentence, [])
        if step and step not in names:
            names.append(step)

    def all(self) -> tuple[str, ...]:
        """The sentences in the order they were first said, with the steps they are true of."""
        return tuple(
            f"{text} (in {_join(names)})" if names else text for text, names in self._steps.items()
        )


def _join(names: list[str]) -> str:
    shown = ", ".join(names[:_NAMES_SHOWN])
    return f"{shown} and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else shown
