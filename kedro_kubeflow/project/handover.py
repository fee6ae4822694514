"""Determines which data a step gets from other steps, and which it stores for them. Pure.

The plan uses it to refuse a pipeline that would lose data between two pods, the pod to carry the data over.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Optional

from kedro_kubeflow.project.catalog_config import Dataset
from kedro_kubeflow.project.kedro_project import Node

DATA_FOLDER = "data"
"""The folder of the project that lies on the volume, where there is one."""

OWN_FOLDER = ".kedro-kubeflow"
"""Everything that this plugin writes into a user's folders is below a folder of this name."""


@dataclass(frozen=True)
class Handover:
    """What passes between one step and the others.

    Attributes:
        received: datasets that a node of another step made.
        given: datasets that a node of another step will load.
        read: all that the step loads and does not make itself.
        made: all that the step saves, given or not.
    """

    received: tuple[Dataset, ...]
    given: tuple[Dataset, ...]
    read: tuple[Dataset, ...]
    made: tuple[Dataset, ...]


def hand_over(
    step: Collection[str], nodes: Sequence[Node], dataset: Callable[[str], Dataset]
) -> Handover:
    """Returns what a step gets from other steps and stores for them.

    Args:
        step: names of the nodes that the step runs.
        nodes: all nodes of the pipeline.
        dataset: looks a dataset up in the catalog.
    """
    own = set(step)
    made_here: set[str] = set()
    made_elsewhere: set[str] = set()
    loaded_here: set[str] = set()
    loaded_elsewhere: set[str] = set()
    for node in nodes:
        made, loaded = (
            (made_here, loaded_here) if node.name in own else (made_elsewhere, loaded_elsewhere)
        )
        made.update(node.outputs)
        loaded.update(node.inputs)
    elsewhere = {plain_name(name) for name in made_elsewhere}
    wanted = {plain_name(name) for name in loaded_elsewhere}
    here = {plain_name(name) for name in made_here}
    return Handover(
        received=tuple(
            dataset(name) for name in sorted(loaded_here) if plain_name(name) in elsewhere
        ),
        given=tuple(dataset(name) for name in sorted(made_here) if plain_name(name) in wanted),
        read=tuple(dataset(name) for name in sorted(loaded_here) if plain_name(name) not in here),
        made=tuple(dataset(name) for name in sorted(made_here)),
    )


def plain_name(name: str) -> str:
    """Takes the transcoding (``@pandas``) off a dataset's name."""
    return name.split("@", 1)[0]


def path_in_pod(path: Optional[PurePosixPath], project_path: str) -> Optional[PurePosixPath]:
    """Returns a dataset's path as a pod sees it: relative where it is below the project's folder in the image."""
    if path is None or not path.is_relative_to(project_path):
        return path
    return path.relative_to(project_path)


def lies_in_data_folder(path: PurePosixPath) -> bool:
    """Returns whether a path, relative to the project's folder, is on the volume."""
    return not path.is_absolute() and path.parts[:1] == (DATA_FOLDER,)


def published_path(path: PurePosixPath) -> PurePosixPath:
    """Returns where a step shows the version of a dataset that it saved, so that the workflow can name the file.

    It is on the same disk as the dataset, which makes a hard link possible, and in data/ not in the dataset's own
    folder, of which another dataset may take all files for its partitions.
    """
    if lies_in_data_folder(path):
        return PurePosixPath(DATA_FOLDER, OWN_FOLDER, "published", *path.parts[1:])
    return path.parent / OWN_FOLDER / path.name
