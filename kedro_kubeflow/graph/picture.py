"""What a picture shows of a workflow, as frozen types, and the levels of its graph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """What a step is, in the words of the legend."""

    NODE = "Kedro node"
    GROUP = "Several Kedro nodes"
    VOLUME = "Volume"
    MLFLOW = "MLflow run"
    WAIT = "Waits"
    CONTAINER = "Container"
    OTHER = "Other"


@dataclass(frozen=True)
class Box:
    """A step.

    Attributes:
        name: what Kubeflow shows for it.
        kind: what it is.
        notes: short texts that distinguish it from other steps, such as ``3 nodes`` or ``1 GPU``.
        details: lines shown when the pointer is on the box.
    """

    name: str
    kind: Kind
    notes: tuple[str, ...] = ()
    details: tuple[str, ...] = ()


@dataclass(frozen=True)
class Graph:
    """Steps and what they wait for.

    Attributes:
        boxes: the steps, in the order declared.
        edges: pairs of indices, the step that comes first in front; sorted, each once, without cycles.
    """

    boxes: tuple[Box, ...]
    edges: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Picture:
    """A workflow to be drawn.

    Attributes:
        title: the workflow's name.
        description: a sentence about it, or an empty text.
        common: what most steps share and no box says, or an empty text.
        steps: the workflow itself.
        on_exit: what runs last, whatever happened; without boxes where nothing does.
    """

    title: str
    description: str
    common: str
    steps: Graph
    on_exit: Graph


def levels_of(count: int, edges: Sequence[tuple[int, int]]) -> list[int]:
    """Returns each step the length of the longest chain that leads to it: 0 for those that wait for none.

    Args:
        count: number of steps.
        edges: as in :class:`Graph`.

    Returns:
        Levels by index; -1 for steps in a cycle or after one.
    """
    followers: list[list[int]] = [[] for _ in range(count)]
    waiting = [0] * count
    for source, target in edges:
        followers[source].append(target)
        waiting[target] += 1
    levels = [0 if not number else -1 for number in waiting]
    reached = [0] * count
    ready = [index for index in range(count) if not waiting[index]]
    for index in ready:  # grows while it is read
        levels[index] = reached[index]
        for follower in followers[index]:
            reached[follower] = max(reached[follower], levels[index] + 1)
            waiting[follower] -= 1
            if not waiting[follower]:
                ready.append(follower)
    return levels
