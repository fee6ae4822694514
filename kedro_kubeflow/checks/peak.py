"""Reports an upper bound of what the pods request at the same time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from kedro_kubeflow.argo.quantities import format_amount, quantity_value
from kedro_kubeflow.checks.subject import Subject
from kedro_kubeflow.compiler import Pod
from kedro_kubeflow.findings import INFO, Finding

SMALLEST_PARTS = 10**9
"""The smallest unit of a quantity in Kubernetes is n, a billionth."""


def peak_requests(subject: Subject) -> Iterator[Finding]:
    """Reports how many pods run at the same time at most, and how much they request together at most."""
    pods = subject.pods
    if any("resources" not in pod.options.values for pod in pods):
        return  # they contradict each other, which is a finding of its own
    limit = subject.config.parallelism
    requests = {pod.name: _requests(pod) for pod in pods}
    many = subject.most_together(dict.fromkeys(requests, 1))
    amounts = []
    for resource in _resources(requests):
        weights = {
            name: int(values.get(resource, 0) * SMALLEST_PARTS) for name, values in requests.items()
        }
        peak = Decimal(subject.most_together(weights)) / SMALLEST_PARTS
        amounts.append(f"{format_amount(peak, resource)} {resource}")
    limited = f", with run_config.parallelism {limit}" if limit else ""
    message = (
        f"at most {many:,} of {len(pods):,} {'pod' if len(pods) == 1 else 'pods'} at the same time{limited}, which "
        f"request at most {', '.join(amounts)} (upper bounds)"
    )
    yield Finding(INFO, "peak", f"pipeline {subject.plan.pipeline!r}", message)


def _requests(pod: Pod) -> Mapping[str, Decimal]:
    """Returns what a pod requests; a limit without a request is its request, too."""
    resources = pod.options.values["resources"]
    amounts = {**resources.get("limits", {}), **resources.get("requests", {})}
    return {name: quantity_value(amount) for name, amount in amounts.items()}


def _resources(requests: Mapping[str, Mapping[str, Decimal]]) -> list[str]:
    names = {name for values in requests.values() for name, amount in values.items() if amount}
    return sorted(names, key=lambda name: (name not in ("cpu", "memory"), name))
