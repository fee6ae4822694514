"""Entries of ``kubeflow.yaml`` for one step in, checked and normalised values out.

Each function takes what YAML gives for one step and returns plain lists and mappings; it raises ``ValueError`` or
:class:`~kedro_kubeflow.schema.LocatedError`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Optional

from pydantic.v1 import Field, PositiveInt, ValidationError, root_validator, validator

from kedro_kubeflow.kubernetes_types import as_kubernetes
from kedro_kubeflow.quantities import check_duration, check_quantity
from kedro_kubeflow.schema import (
    LocatedError,
    StrictModel,
    annotation_map,
    label_map,
    location,
    message_of,
    one_of,
)

DATA_VOLUME = "data-volume"
SECRET_VOLUME_PREFIX = "secret-"
TOLERATION_OPERATORS = ("Equal", "Exists")
TAINT_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")


class Toleration(StrictModel):
    """A taint that the pod may be scheduled on.

    See https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/
    """

    key: Optional[str] = Field(
        None, description="the taint's key; none with Exists means every taint"
    )
    operator: Optional[str] = Field(None, description="Equal (default) or Exists")
    value: Optional[str] = Field(None, description="the taint's value, with Equal")
    effect: Optional[str] = Field(
        None, description="NoSchedule, PreferNoSchedule, NoExecute; none means each"
    )
    tolerationSeconds: Optional[int] = Field(  # noqa: N815 - Kubernetes' own name
        None, alias="toleration_seconds", description="how long a NoExecute taint is borne"
    )

    class Config:
        allow_population_by_field_name = True

    @validator("operator")
    def _operator(cls, value: Optional[str]) -> Optional[str]:  # noqa: N805
        return value if value is None else one_of(value, TOLERATION_OPERATORS)

    @root_validator(skip_on_failure=True)
    def _whole(cls, values: dict[str, Any]) -> dict[str, Any]:  # noqa: N805
        exists = values.get("operator") == "Exists"
        if exists and values.get("value"):
            raise LocatedError(
                ["value"], "with the operator Exists there is no value; leave it out"
            )
        if not exists and not values.get("key"):
            raise LocatedError(
                ["key"], "without a key, which is for every taint, the operator must be Exists"
            )
        return values

    @validator("effect")
    def _effect(cls, value: Optional[str]) -> Optional[str]:  # noqa: N805
        return value if value is None else one_of(value, TAINT_EFFECTS)


class RetryPolicy(StrictModel):
    """How often a failed step is tried again.

    See https://argo-workflows.readthedocs.io/en/latest/retries/
    """

    num_retries: Optional[int] = Field(None, ge=0, description="retries after the first attempt")
    backoff_duration: Optional[str] = Field(
        None, lenient=True, description="pause before the first retry, like 60s or 5m"
    )
    backoff_factor: Optional[PositiveInt] = Field(
        None, description="by which each next pause is longer"
    )
    max_duration: Optional[str] = Field(
        None, lenient=True, description="no retry starts later than this after the first attempt"
    )

    @validator("backoff_duration", "max_duration", pre=True)
    def _duration(cls, value: Any) -> Optional[str]:  # noqa: N805
        return value if value is None else check_duration(value)


def resources(value: Any) -> dict[str, dict[str, str]]:
    """Reads amounts of resources, given flat or under ``requests`` and ``limits``; flat ones count for both."""
    result: dict[str, dict[str, str]] = {"requests": {}, "limits": {}}
    for key, item in _mapping(value).items():
        sides = [key] if key in result else ["requests", "limits"]
        amounts = item if key in result else {key: item}
        for name, amount in _mapping(amounts, key).items():
            try:
                checked = check_quantity(amount)
            except ValueError as err:
                raise LocatedError([key, name] if key in result else [key], str(err)) from err
            for side in sides:
                result[side][str(name)] = checked
    return result


def tolerations(value: Any) -> list[dict[str, Any]]:
    """Reads a list of tolerations."""
    return [_model(Toleration, item, index) for index, item in enumerate(_list(value))]


def retry_policy(value: Any) -> dict[str, Any]:
    """Reads a retry policy, which ``__default__`` may complete."""
    return _model(RetryPolicy, value)


def affinity(value: Any) -> dict[str, Any]:
    """Reads a pod's affinity, as Kubernetes has it."""
    checked: dict[str, Any] = as_kubernetes(value, "V1Affinity")
    return checked


def extra_volumes(value: Any) -> list[dict[str, Any]]:
    """Reads volumes beside the data volume: where each is mounted, and what it is."""
    result = []
    for index, item in enumerate(_list(value)):
        entry = _mapping(item, index)
        for key in entry:
            if key not in ("mount_path", "volume"):
                raise LocatedError(
                    [index, key], "there is no such key; there are: mount_path, volume"
                )
        for key in ("mount_path", "volume"):
            if key not in entry:
                raise LocatedError([index, key], "this key is required")
        if not str(entry["mount_path"]).startswith("/"):
            raise LocatedError(
                [index, "mount_path"], f"{entry['mount_path']!r} is not an absolute path"
            )
        try:
            volume = as_kubernetes(entry["volume"], "V1Volume")
        except LocatedError as err:
            raise LocatedError([index, "volume", *err.path], str(err)) from err
        if not volume.get("name"):
            raise LocatedError([index, "volume", "name"], "this key is required")
        volume["name"] = _volume_name(volume["name"], index)
        result.append({"mountPath": str(entry["mount_path"]), "volume": volume})
    return result


def _volume_name(value: Any, index: int) -> str:
    # Documentation that users follow calls a volume shared_memory.
    name = str(value).replace("_", "-").lower()
    if not re.match(r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$", name):
        raise LocatedError(
            [index, "volume", "name"],
            f"{value!r} is no name of a volume; write it like shared-memory",
        )
    if name == DATA_VOLUME or name.startswith(SECRET_VOLUME_PREFIX):
        raise LocatedError(
            [index, "volume", "name"],
            f"{value!r} is a volume of this plugin's own; choose another name",
        )
    return name


def pod_labels(value: Any) -> dict[str, str]:
    """Reads labels or node selectors."""
    return label_map(value)


def pod_annotations(value: Any) -> dict[str, str]:
    """Reads annotations."""
    return annotation_map(value)


def timeout(value: Any) -> int:
    """Reads seconds."""
    if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
        raise ValueError(f"{value!r} is not a number of seconds; write a whole number above 0")
    return value


def image(value: Any) -> str:
    """Reads the name of an image."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{value!r} is not the name of an image")
    return value.strip()


def _model(model: type[StrictModel], value: Any, *path: Any) -> dict[str, Any]:
    try:
        return model.parse_obj(_mapping(value)).dict(exclude_none=True)
    except ValidationError as err:
        first = err.errors()[0]
        raise LocatedError((*path, *location(first)), message_of(first)) from err
    except ValueError as err:
        raise LocatedError(path, str(err)) from err


def _mapping(value: Any, *path: Any) -> Mapping[Any, Any]:
    if not isinstance(value, Mapping):
        raise LocatedError(path, f"{value!r} is not a mapping")
    return value


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"{value!r} is not a list")
    return value
