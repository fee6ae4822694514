"""A compiled pipeline in, the most that its pods request at the same time out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from kedro_kubeflow.argo.quantities import format_amount, quantity_value
from kedro_kubeflow.checks.antichain import heaviest_together
from kedro_kubeflow.checks.subject import Pod, Subject
from kedro_kubeflow.findings import INFO, Finding

SMALLEST_PARTS = 10**9
"""Kubernetes knows no smaller part of anything than n, a billionth."""


def peak_requests(subject: Subject) -> Iterator[Finding]:
    """Tells how many pods may run at the same time, and how much they request together."""
    pods = subject.pods
    if any("resources" not in pod.options.values for pod in pods):
        return  # they contradict each other, which is a finding of its own
    limit = subject.config.parallelism
    before = {pod.name: pod.before for pod in pods}
    requests = {pod.name: _requests(pod) for pod in pods}
    many = heaviest_together(dict.fromkeys(before, 1), before, limit)
    amounts = []
    for resource in _resources(requests):
        weights = {
            name: int(values.get(resource, 0) * SMALLEST_PARTS) for name, values in requests.items()
        }
        peak = heaviest_together(weights, before, limit)
        amount = format_amount(Decimal(peak.weight) / SMALLEST_PARTS, resource)
        amounts.append(f"{amount} {resource}{'' if peak.exact else ' (upper bound)'}")
    limited = f", with run_config.parallelism {limit}" if limit else ""
    message = (
        f"at most {many.weight:,} of {len(pods):,} {'pod' if len(pods) == 1 else 'pods'} at the same time{limited}"
        f"{'' if many.exact else ' (upper bound)'}; those that may run together request at most {', '.join(amounts)}"
    )
    yield Finding(INFO, "peak", f"pipeline {subject.plan.pipeline!r}", message)


def _requests(pod: Pod) -> Mapping[str, Decimal]:
    """Gives what a pod requests; what has a limit only is requested up to the limit."""
    resources = pod.options.values["resources"]
    amounts = {**resources.get("limits", {}), **resources.get("requests", {})}
    return {name: quantity_value(amount) for name, amount in amounts.items()}


def _resources(requests: Mapping[str, Mapping[str, Decimal]]) -> list[str]:
    names = {name for values in requests.values() for name, amount in values.items() if amount}
    return sorted(names, key=lambda name: (name not in ("cpu", "memory"), name))
