"""Describes what most pods share, and what each has beside it, as short texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Optional

from kedro_kubeflow.argo.fields import mapping_at

RETRIES = "retries"
"""Name of the number of retries, which is listed with the resources."""

CONTAINER_KEYS = ("container", "script")


@dataclass(frozen=True)
class PodNotes:
    """What is worth saying of a template.

    Attributes:
        values: a text for each resource and for :data:`RETRIES`.
        runs_pod: whether it has a container of its own, which a resource has not.
    """

    values: Mapping[str, str]
    runs_pod: bool


def settings_of(template: Mapping[str, Any], where: str) -> PodNotes:
    """Reads resources and retries from a template, defaults merged in.

    Raises:
        InputError: they are of a wrong form.
    """
    key = next((key for key in CONTAINER_KEYS if template.get(key) is not None), None)
    values: dict[str, str] = {}
    if key is not None:
        container = mapping_at(template, key, where)
        resources = mapping_at(container, "resources", f"{where}.{key}")
        at = f"{where}.{key}.resources"
        requests, limits = (mapping_at(resources, part, at) for part in ("requests", "limits"))
        for name in sorted({*map(str, requests), *map(str, limits)}):
            values[name] = _amount(requests.get(name), limits.get(name))
    retries = _retries(mapping_at(template, "retryStrategy", where))
    if retries:
        values[RETRIES] = retries
    return PodNotes(values, key is not None)


def common_values(settings: Sequence[PodNotes]) -> dict[str, str]:
    """Returns what more than half of the pods share, by name; nothing for a single pod."""
    pods = [item for item in settings if item.runs_pod]
    if len(pods) < 2:
        return {}
    counts = Counter(pair for item in pods for pair in item.values.items())
    return {name: value for (name, value), count in sorted(counts.items()) if count * 2 > len(pods)}


def describe(values: Mapping[str, str]) -> list[str]:
    """Describes resources and retries, the most expensive first."""
    return [_words(name, values[name]) for name in sorted(values, key=_rank)]


def notes_beside(settings: PodNotes, common: Mapping[str, str]) -> list[str]:
    """Describes what a template has and most do not have; always GPUs."""
    values = {
        name: value
        for name, value in settings.values.items()
        if common.get(name) != value or _is_gpu(name)
    }
    lacking = [name for name in common if name not in settings.values and settings.runs_pod]
    return [*describe(values), *(f"no {_plain(name)} set" for name in sorted(lacking, key=_rank))]


def _rank(name: str) -> tuple[bool, bool, bool, bool, str]:
    return (not _is_gpu(name), name != "cpu", name != "memory", name == RETRIES, name)


def _is_gpu(name: str) -> bool:
    return "gpu" in name.lower()


def _plain(name: str) -> str:
    """Returns ``GPU`` for ``nvidia.com/gpu``, and leaves other names alone."""
    return "GPU" if name.rpartition("/")[2] == "gpu" else name


def _words(name: str, value: str) -> str:
    if name == RETRIES:
        return "1 retry" if value == "1" else f"{value} retries"
    return f"{value} {_plain(name)}"


def _amount(request: object, limit: object) -> str:
    if request is None or limit is None or str(request) == str(limit):
        return str(limit if request is None else request)
    return f"{request}–{limit}"


def _retries(strategy: Mapping[str, Any]) -> Optional[str]:
    if not strategy:
        return None
    limit = strategy.get("limit")
    # Argo retries without end where no limit is set.
    return "unlimited" if limit is None else None if str(limit) == "0" else str(limit)
