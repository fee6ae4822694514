"""Finds the datasets that would be lost between two pods. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import PurePosixPath
from typing import Any, Optional

from kedro_kubeflow.compiler.workflow_plan import Pod
from kedro_kubeflow.config import PodOptions
from kedro_kubeflow.errors import PlanError
from kedro_kubeflow.findings import ERROR, Finding
from kedro_kubeflow.project import Dataset, plain_name


def lost_datasets(
    steps: Sequence[Pod], pipeline: str, dataset: Callable[[str], Dataset]
) -> Optional[Finding]:
    """Lists the datasets that the pods of a run without any storage would not find.

    Args:
        steps: the pods that run the pipeline's nodes.
        pipeline: registered name.
        dataset: looks a dataset up in the catalog.
    """
    maker_of = {
        plain_name(output): step for step in steps for node in step.nodes for output in node.outputs
    }
    lost = []
    for step in steps:
        for name in sorted({name for node in step.nodes for name in node.inputs}):
            maker, described = maker_of.get(plain_name(name), step), dataset(name)
            if maker is step:
                continue
            if described.in_memory or (described.path and not _shared(described.path, maker, step)):
                where = "in memory" if described.in_memory else f"in {described.path}"
                lost.append(f"  {name} ({where}): from {maker.name} to {step.name}")
    if not lost:
        return None
    message = (
        "these datasets are saved in one pod, loaded in another, and would be lost between them:\n"
        + "\n".join(lost)
        + "\nSet run_config.volume, or run_config.root to a URL such as gs://bucket/folder, to keep them between "
        "pods; or run all nodes in one pod with run_config.node_merge_strategy: full"
    )
    return Finding(ERROR, "lost-between-pods", f"pipeline {pipeline!r}", message, raises=PlanError)


def users_mounts(path: PurePosixPath, options: PodOptions) -> list[Any]:
    """Returns the user's own volumes on which a path is in a pod, of those that outlive the pod."""
    return [
        mount
        for mount in options.values.get("extra_volumes", ())
        if "emptyDir" not in mount["volume"] and path.is_relative_to(mount["mountPath"])
    ]


def _shared(path: PurePosixPath, maker: Pod, taker: Pod) -> bool:
    """Returns whether a path is on one of the user's own volumes, the same in both pods."""
    taken = users_mounts(path, taker.options)
    return any(mount in taken for mount in users_mounts(path, maker.options))
