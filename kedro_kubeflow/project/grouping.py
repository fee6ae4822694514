"""Groups the nodes of a pipeline that share a pod. Pure.

A strategy says which nodes belong together; that the groups can follow one another is checked here for all of them.
To add one, write a function and register it in ``STRATEGIES``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Optional

from kedro_kubeflow.errors import PlanError
from kedro_kubeflow.project.kedro_project import Node

TAG_PREFIX = "group."
FULL_GROUP = "pipeline"


@dataclass(frozen=True)
class Group:
    """Nodes that run in one pod, one after the other.

    Attributes:
        name: the step's name, before it is converted to a valid one.
        nodes: in an order in which they can run.
        dependencies: names of the groups that must run before, sorted.
    """

    name: str
    nodes: tuple[Node, ...]
    dependencies: tuple[str, ...]


@dataclass(frozen=True)
class Strategy:
    """A rule for which nodes share a pod.

    Attributes:
        description: the nodes that share one, for the configuration reference and for messages.
        assign: takes nodes, and a test whether a dataset is kept in memory; returns each node's name with the name
            of its group.
    """

    description: str
    assign: Callable[[Sequence[Node], Callable[[str], bool]], Mapping[str, str]]


def _none(nodes: Sequence[Node], _in_memory: Callable[[str], bool]) -> Mapping[str, str]:
    return {node.name: node.name for node in nodes}


def _full(nodes: Sequence[Node], _in_memory: Callable[[str], bool]) -> Mapping[str, str]:
    return {node.name: FULL_GROUP for node in nodes}


def _memory(nodes: Sequence[Node], in_memory: Callable[[str], bool]) -> Mapping[str, str]:
    """Joins the nodes that hand a dataset to each other in memory, so that none has to be written."""
    leader = {node.name: node.name for node in nodes}

    def find(name: str) -> str:
        while leader[name] != name:
            leader[name] = leader[leader[name]]
            name = leader[name]
        return name

    producers = {name: node.name for node in nodes for name in node.outputs if in_memory(name)}
    position = {node.name: index for index, node in enumerate(nodes)}
    for node in nodes:
        for name in node.inputs:
            if name in producers:
                ends = sorted((find(producers[name]), find(node.name)), key=position.__getitem__)
                leader[ends[1]] = ends[0]
    return {node.name: find(node.name) for node in nodes}


def _namespace(nodes: Sequence[Node], _in_memory: Callable[[str], bool]) -> Mapping[str, str]:
    """Joins the nodes of one top-level namespace, which users of modular pipelines see as one thing."""
    alone = {node.name for node in nodes if not node.namespace}
    return {
        node.name: _apart(node.namespace.split(".")[0], alone) if node.namespace else node.name
        for node in nodes
    }


def _tag(nodes: Sequence[Node], _in_memory: Callable[[str], bool]) -> Mapping[str, str]:
    """Joins the nodes that carry the same tag ``group.NAME``."""
    chosen = {}
    for node in nodes:
        tags = [tag for tag in node.tags if tag.startswith(TAG_PREFIX)]
        if len(tags) > 1:
            raise PlanError(
                f"node {node.name!r} has the tags {', '.join(tags)}: with the strategy 'tag' a node may have "
                f"one tag that starts with {TAG_PREFIX!r}"
            )
        if tags:
            chosen[node.name] = tags[0][len(TAG_PREFIX) :]
    alone = {node.name for node in nodes if node.name not in chosen}
    return {
        node.name: _apart(chosen[node.name], alone) if node.name in chosen else node.name
        for node in nodes
    }


def _apart(group: str, alone: set[str]) -> str:
    """Keeps a group from swallowing a node that stays alone and happens to have the group's name."""
    return f"{group} group" if group in alone else group


STRATEGIES: Mapping[str, Strategy] = {
    "none": Strategy("each node has its own", _none),
    "full": Strategy("all nodes", _full),
    "memory": Strategy("nodes connected by datasets that are kept in memory", _memory),
    "namespace": Strategy("nodes of the same top-level namespace", _namespace),
    "tag": Strategy(f"nodes with the same tag `{TAG_PREFIX}NAME`", _tag),
}


def group_nodes(
    nodes: Sequence[Node], strategy: str, in_memory: Callable[[str], bool]
) -> tuple[Group, ...]:
    """Groups the nodes of a pipeline.

    Args:
        nodes: dependencies before dependents.
        strategy: a name in ``STRATEGIES``.
        in_memory: whether no catalog entry stores the dataset of a name.

    Returns:
        The groups, dependencies before dependents.

    Raises:
        PlanError: two groups would have to wait for each other.
    """
    assigned = STRATEGIES[strategy].assign(nodes, in_memory)
    members: dict[str, list[Node]] = defaultdict(list)
    for node in nodes:
        members[assigned[node.name]].append(node)
    before: dict[str, set[str]] = {name: set() for name in members}
    for node in nodes:
        before[assigned[node.name]].update(assigned[name] for name in node.dependencies)
    for name, others in before.items():
        others.discard(name)
    return tuple(
        Group(name, tuple(members[name]), tuple(sorted(before[name])))
        for name in _ordered(before, strategy)
    )


def _ordered(before: Mapping[str, set[str]], strategy: str) -> list[str]:
    """Sorts the groups so that each comes after those it needs, otherwise in the order given."""
    waiting = {name: len(others) for name, others in before.items()}
    followers: dict[str, list[str]] = defaultdict(list)
    for name in before:
        for other in sorted(before[name]):
            followers[other].append(name)
    ready = [name for name in before if waiting[name] == 0]
    for name in ready:  # grows while it is read
        for follower in followers[name]:
            waiting[follower] -= 1
            if waiting[follower] == 0:
                ready.append(follower)
    if len(ready) < len(before):
        cycle = " -> ".join(_cycle({name: before[name] for name in before if waiting[name]}))
        raise PlanError(
            f"the strategy {strategy!r} makes groups that depend on each other in a cycle: {cycle}. "
            "Move a node to another group, or use another strategy"
        )
    return ready


def _cycle(before: Mapping[str, set[str]]) -> list[str]:
    seen: list[str] = []
    name: Optional[str] = next(iter(before))
    while name is not None and name not in seen:
        seen.append(name)
        name = next((other for other in sorted(before[name]) if other in before), None)
    start = seen.index(name) if name is not None else 0
    return [*seen[start:], seen[start]][::-1]
