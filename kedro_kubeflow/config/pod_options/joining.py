"""Joins the values of a setting for a pod that runs several nodes, and checks the result.

Pure: what a group of nodes gets, and what of it Kubernetes would refuse, without an op to put it on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Optional

from kedro_kubeflow.argo.quantities import quantity_value


def largest_resources(
    values: Sequence[Optional[Mapping[str, Mapping[str, str]]]],
) -> dict[str, dict[str, str]]:
    """Takes the largest amount of each resource; a limit that one of the nodes does not have would restrict it.

    Args:
        values: of each node, None for those without a value.
    """
    result: dict[str, dict[str, str]] = {"requests": {}, "limits": {}}
    for value in filter(None, values):
        for side, amounts in value.items():
            for name, amount in amounts.items():
                known = result[side].get(name)
                if known is None or quantity_value(amount) > quantity_value(known):
                    result[side][name] = amount
    result["limits"] = {
        name: amount
        for name, amount in result["limits"].items()
        if not _may_be_shared(name) or all(value and name in value["limits"] for value in values)
    }
    return result


def all_timeouts(values: Sequence[Optional[int]]) -> Optional[int]:
    """Adds the timeouts, since the nodes run one after the other; none if one of them may take any time."""
    return None if None in values else sum(filter(None, values))


def all_different(values: Sequence[Sequence[Any]]) -> list[Any]:
    """Takes the items of all lists, each once."""
    result: list[Any] = []
    for value in values:
        result += [item for item in value if item not in result]
    return result


def one_mapping(values: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Takes the pairs of all mappings.

    Raises:
        ValueError: two say different things of one key.
    """
    result: dict[str, str] = {}
    for value in values:
        for key, item in value.items():
            if result.setdefault(key, item) != item:
                raise ValueError(f"its nodes request both {key}={result[key]} and {key}={item}")
    return result


def same(values: Sequence[Any]) -> Any:
    """Takes the value that all have.

    Raises:
        ValueError: they have different ones.
    """
    if any(value != values[0] for value in values):
        raise ValueError(
            f"its nodes request both {values[0]} and {next(v for v in values if v != values[0])}"
        )
    return values[0]


def most_patient(values: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Takes the policy with the most retries."""
    return max(values, key=lambda value: value.get("num_retries") or 0)


def check_resources(value: Mapping[str, Mapping[str, str]]) -> Any:
    """Returns the amounts if Kubernetes accepts them together, ``__default__`` being merged in.

    Raises:
        ValueError: a request exceeds its limit, or differs from it where it may not.
    """
    complaints = []
    for name, request in value["requests"].items():
        limit = value["limits"].get(name)
        if limit is None:
            if not _may_be_shared(name):
                complaints.append(
                    f"requests {request} of {name} without a limit; the limit must be the same"
                )
        elif quantity_value(request) > quantity_value(limit):
            complaints.append(f"requests {request} of {name}, which is more than its limit {limit}")
        elif quantity_value(request) < quantity_value(limit) and not _may_be_shared(name):
            complaints.append(f"requests {request} of {name}, whose limit {limit} must be the same")
    if complaints:
        raise ValueError(f"{'; '.join(complaints)}: Kubernetes would refuse the pod")
    return value


def check_volumes(value: Sequence[Mapping[str, Any]]) -> Any:
    """Returns the additional volumes of a pod, if each name has one source.

    Raises:
        ValueError: two volumes of one name are different.
    """
    known: dict[str, Any] = {}
    for item in value:
        volume = item["volume"]
        if known.setdefault(volume["name"], volume) != volume:
            raise ValueError(
                f"two different volumes are named {volume['name']!r}, one of them at {item['mountPath']}: a pod would "
                "get only one; rename the other"
            )
    return value


def _may_be_shared(resource: str) -> bool:
    """Returns whether Kubernetes accepts a request below the limit: not for devices (nvidia.com/gpu) and huge pages.

    See https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#extended-resources
    """
    native = "/" not in resource or "kubernetes.io/" in resource
    return native and not resource.startswith("hugepages-")


def check_retries(value: Mapping[str, Any]) -> Any:
    """Returns the policy if it says how many retries there are, ``__default__`` being merged in.

    Raises:
        ValueError: it does not.
    """
    if value.get("num_retries") is None:
        raise ValueError("has no num_retries, and __default__ has none either")
    return value
