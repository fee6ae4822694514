"""A compiled pipeline in; pods that no machine takes, or that cannot share the volume, out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from kedro_kubeflow.checks.antichain import heaviest_together
from kedro_kubeflow.checks.placement import machines_of, may_meet
from kedro_kubeflow.checks.subject import Pod, Subject
from kedro_kubeflow.findings import WARNING, Finding, name_steps


def contradictory_placement(subject: Subject) -> Iterator[Finding]:
    """Finds pods whose node selectors and affinity no machine can satisfy together."""
    names = tuple(pod.name for pod in subject.pods if not machines_of(pod.options))
    if names:
        message = (
            "this contradicts run_config.node_selectors or itself: no machine can have all the labels asked for, and "
            "the pod would wait for ever"
        )
        yield Finding(WARNING, "no-machine", "run_config.affinity", message, names)


def volume_on_several_machines(subject: Subject) -> Iterator[Finding]:
    """Finds steps that share a volume which one machine at a time can mount, and that must run on different ones."""
    volume = subject.config.volume
    if volume is None or {"ReadWriteMany", "ReadOnlyMany"} & set(volume.access_modes):
        return
    groups = _by_placement([pod for pod in subject.pods if pod.mounts_volume])
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
        f"the volume is {' or '.join(volume.access_modes)}: one machine at a time mounts it, and no machine is right "
        f"for all of these steps:\n{listed}\n{_consequence(apart, subject)}\nSet access_modes: [ReadWriteMany] where "
        "the cluster has such storage, or take run_config.root in the place of the volume, or let the steps run on "
        "one kind of machine"
    )
    names = tuple(pod.name for pod in subject.pods if pod in pods)
    yield Finding(WARNING, "volume-on-several-machines", "run_config.volume", message, names)


def one_pod_at_a_time(subject: Subject) -> Iterator[Finding]:
    """Finds steps that could run together and wait for each other, since their volume is for one pod."""
    volume = subject.config.volume
    if volume is None or set(volume.access_modes) != {"ReadWriteOncePod"}:
        return
    before = {pod.name: pod.before for pod in subject.pods}
    weights = {pod.name: int(pod.mounts_volume) for pod in subject.pods}
    together = heaviest_together(weights, before, subject.config.parallelism).weight
    if together > 1:
        message = (
            f"with ReadWriteOncePod alone, one pod at a time has the volume: up to {together} steps that could run "
            "together run one after the other. ReadWriteOnce lets those on one machine share it"
        )
        yield Finding(WARNING, "one-pod-at-a-time", "run_config.volume.access_modes", message)


def _by_placement(pods: Sequence[Pod]) -> list[list[Pod]]:
    groups: dict[str, list[Pod]] = {}
    for pod in pods:
        if machines_of(pod.options):  # else it is found by contradictory_placement
            groups.setdefault(_wishes(pod), []).append(pod)
    return list(groups.values())


def _wishes(pod: Pod) -> str:
    """Writes what a pod asks of its machine."""
    selectors = pod.options.values.get("node_selectors", {})
    affinity = pod.options.values.get("affinity", {}).get("nodeAffinity")
    texts = [f"{key}={value}" for key, value in sorted(selectors.items())]
    if affinity:
        texts.append(f"affinity {json.dumps(affinity, sort_keys=True)}")
    return ", ".join(texts) or "any machine"


def _consequence(apart: Sequence[tuple[list[Pod], list[Pod]]], subject: Subject) -> str:
    above = _ancestors(subject.pods)
    for one, other in apart:
        for first in one:
            for second in other:
                if first.name not in above[second.name] and second.name not in above[first.name]:
                    return (
                        f"{first.name!r} and {second.name!r} may run at the same time, and then one of them waits "
                        "for the volume (Multi-Attach error)"
                    )
    return (
        "They run one after the other: that works where the storage follows from machine to machine, as network "
        "disks in one zone do, and not with disks of the machines themselves"
    )


def _ancestors(pods: Sequence[Pod]) -> Mapping[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for pod in pods:
        found[pod.name] = frozenset(pod.before).union(*(found[name] for name in pod.before))
    return found
