"""Finds pods that no machine takes, or that cannot share the volume."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from kedro_kubeflow.checks.placement import machines_of, may_meet
from kedro_kubeflow.checks.subject import Subject
from kedro_kubeflow.compiler import Pod
from kedro_kubeflow.findings import WARNING, Finding, name_steps


def contradictory_placement(subject: Subject) -> Iterator[Finding]:
    """Finds pods whose node selectors and affinity no cluster node can satisfy together."""
    names = tuple(pod.name for pod in subject.pods if not machines_of(pod.options))
    if names:
        message = (
            "this contradicts run_config.node_selectors or itself: no cluster node can have all the required labels, "
            "and the pod would stay pending"
        )
        yield Finding(WARNING, "no-machine", "run_config.affinity", message, names)


def volume_on_several_machines(subject: Subject) -> Iterator[Finding]:
    """Finds steps that must run on different cluster nodes and share a volume that one node at a time can mount."""
    volume = subject.config.volume
    if volume is None or {"ReadWriteMany", "ReadOnlyMany"} & set(volume.access_modes):
        return
    groups = _by_placement([pod for pod in subject.pods if pod.volume_folder])
    apart = [
        (one, other)
        for one, other in combinations(groups, 2)
        if not may_meet(machines_of(one[0].options), machines_of(other[0].options))
    ]
    if not apart:
        return
    pods = list({pod.name: pod for pair in apart for group in pair for pod in group}.values())
    kinds = {_wishes(group[0]): group for pair in apart for group in pair}
    listed = "\n".join(
        f"  {wishes}: {name_steps([pod.name for pod in group])}" for wishes, group in kinds.items()
    )
    message = (
        f"the volume is {' or '.join(volume.access_modes)}: one cluster node at a time can mount it, and no node suits "
        f"all of these steps:\n{listed}\n{_consequence(apart, subject)}\nSet access_modes: [ReadWriteMany] where "
        "the cluster has such storage, use run_config.root instead of the volume, or let the steps run on one kind of "
        "cluster node"
    )
    names = tuple(pod.name for pod in subject.pods if pod in pods)
    yield Finding(WARNING, "volume-on-several-machines", "run_config.volume", message, names)


def one_pod_at_a_time(subject: Subject) -> Iterator[Finding]:
    """Finds steps that could run in parallel and do not, since one pod at a time can use their volume."""
    volume = subject.config.volume
    if volume is None or set(volume.access_modes) != {"ReadWriteOncePod"}:
        return
    weights = {pod.name: int(pod.volume_folder is not None) for pod in subject.pods}
    together = subject.most_together(weights)
    if together > 1:
        message = (
            f"with ReadWriteOncePod alone, one pod at a time can use the volume: up to {together} steps that could run "
            "in parallel run one after the other. ReadWriteOnce lets those on one cluster node share it"
        )
        yield Finding(WARNING, "one-pod-at-a-time", "run_config.volume.access_modes", message)


def _by_placement(pods: Sequence[Pod]) -> list[list[Pod]]:
    groups: dict[str, list[Pod]] = {}
    for pod in pods:
        if machines_of(pod.options):  # else it is found by contradictory_placement
            groups.setdefault(_wishes(pod), []).append(pod)
    return list(groups.values())


def _wishes(pod: Pod) -> str:
    """Describes what a pod requires of a cluster node."""
    selectors = pod.options.values.get("node_selectors", {})
    affinity = pod.options.values.get("affinity", {}).get("nodeAffinity")
    texts = [f"{key}={value}" for key, value in sorted(selectors.items())]
    if affinity:
        texts.append(f"affinity {json.dumps(affinity, sort_keys=True)}")
    return ", ".join(texts) or "any node"


def _consequence(apart: Sequence[tuple[list[Pod], list[Pod]]], subject: Subject) -> str:
    above = _ancestors(subject.before)
    for one, other in apart:
        for first in one:
            for second in other:
                if first.name not in above[second.name] and second.name not in above[first.name]:
                    return (
                        f"{first.name!r} and {second.name!r} may run at the same time, and then one of them waits "
                        "for the volume (Multi-Attach error)"
                    )
    return (
        "They run one after the other: that works where the storage can be attached to another cluster node, like a "
        "network disk in one zone, and not with local disks"
    )


def _ancestors(before: Mapping[str, Sequence[str]]) -> Mapping[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for pod, names in before.items():
        found[pod] = frozenset(names).union(*(found[name] for name in names))
    return found
