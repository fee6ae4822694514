"""Checks and normalises what ``kubeflow.yaml`` says for one step.

Each function takes what YAML gives for one step and returns plain lists and mappings; it raises ``ValueError`` or
:class:`~kedro_kubeflow.config.strict_model.LocatedError`.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from typing import Any, Optional

from pydantic.v1 import Field, PositiveInt, ValidationError, root_validator, validator

from kedro_kubeflow.argo.quantities import (
    check_duration,
    check_image_name,
    check_quantity,
    quantity_value,
)
from kedro_kubeflow.config.kubernetes_types import as_kubernetes
from kedro_kubeflow.config.strict_model import (
    LocatedError,
    StrictModel,
    annotation_map,
    label_map,
    location,
    message_of,
)

DATA_VOLUME = "data-volume"
SECRET_VOLUME_PREFIX = "secret-"
TOLERATION_OPERATORS = ("Equal", "Exists")
TAINT_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")


class Toleration(StrictModel):
    """A taint that the pod tolerates.

    See https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/
    """

    key: Optional[str] = Field(
        None, description="The taint's key; no key, with the operator Exists, means every taint."
    )
    operator: Optional[str] = Field(
        None,
        allowed=TOLERATION_OPERATORS,
        description="How the taint is compared (default: Equal).",
    )
    value: Optional[str] = Field(None, description="The taint's value, with the operator Equal.")
    effect: Optional[str] = Field(
        None, allowed=TAINT_EFFECTS, description="The taint's effect (default: every effect)."
    )
    tolerationSeconds: Optional[int] = Field(  # noqa: N815 - Kubernetes' own name
        None,
        alias="toleration_seconds",
        description="Seconds that the pod stays on a node with a NoExecute taint.",
    )

    class Config:
        allow_population_by_field_name = True

    @root_validator(skip_on_failure=True)
    def _whole(cls, values: dict[str, Any]) -> dict[str, Any]:  # noqa: N805
        exists = values.get("operator") == "Exists"
        if exists and values.get("value"):
            raise LocatedError(["value"], "the operator Exists has no value; leave it out")
        if not exists and not values.get("key"):
            raise LocatedError(
                ["key"], "without a key, the operator must be Exists, which tolerates every taint"
            )
        return values


class RetryPolicy(StrictModel):
    """How often a failed step is retried.

    See https://argo-workflows.readthedocs.io/en/latest/retries/
    """

    num_retries: Optional[int] = Field(None, ge=0, description="Retries after the first attempt.")
    backoff_duration: Optional[str] = Field(
        None, lenient=True, description="Pause before the first retry, like 60s or 5m."
    )
    backoff_factor: Optional[PositiveInt] = Field(
        None, description="Factor between one pause and the next."
    )
    max_duration: Optional[str] = Field(
        None, lenient=True, description="No retry starts later than this after the first attempt."
    )

    @validator("backoff_duration", "max_duration", pre=True)
    def _duration(cls, value: Any) -> Optional[str]:  # noqa: N805
        return value if value is None else check_duration(value)


class ExtraVolume(StrictModel):
    """A volume in addition to the data volume, and where it is mounted.

    See https://kubernetes.io/docs/concepts/storage/volumes/
    """

    mount_path: str = Field(description="Absolute path in the pod.")
    volume: dict[str, Any] = Field(
        description="`name` and the source, as in Kubernetes or with `cls` and `params`."
    )

    @validator("mount_path")
    def _mount_path(cls, value: str) -> str:  # noqa: N805
        if not value.startswith("/"):
            raise ValueError(f"{value!r} is not an absolute path")
        # Two spellings of one path are one path to Kubernetes.
        return posixpath.normpath(f"/{value.lstrip('/')}")

    @validator("volume", pre=True)
    def _volume(cls, value: Any) -> dict[str, Any]:  # noqa: N805
        volume: dict[str, Any] = as_kubernetes(value, "V1Volume")
        if not volume.get("name"):
            raise LocatedError(["name"], "this key is required")
        return {**volume, "name": _volume_name(volume["name"])}


def resources(value: Any) -> dict[str, dict[str, str]]:
    """Reads amounts of resources, given flat or under ``requests`` and ``limits``; flat ones count for both."""
    result: dict[str, dict[str, str]] = {"requests": {}, "limits": {}}
    for key, item in _mapping(value).items():
        sides = [key] if key in result else ["requests", "limits"]
        amounts = item if key in result else {key: item}
        for name, amount in _mapping(amounts, key).items():
            try:
                checked = _check_resource(str(name), check_quantity(amount))
            except ValueError as err:
                raise LocatedError([key, name] if key in result else [key], str(err)) from err
            for side in sides:
                result[side][str(name)] = checked
    return result


def _check_resource(name: str, amount: str) -> str:
    """Rejects amounts that Kubernetes would reject.

    See https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/
    """
    if "/" in name:
        if quantity_value(amount) % 1:
            raise ValueError(f"{amount!r} is not a number of devices: it must be an integer")
    elif name not in ("cpu", "memory", "ephemeral-storage") and not name.startswith("hugepages-"):
        raise ValueError(
            f"{name!r} is not a resource of Kubernetes; available: cpu, memory, ephemeral-storage, hugepages-SIZE, and "
            "devices, whose names have a domain, such as nvidia.com/gpu"
        )
    return amount


def tolerations(value: Any) -> list[dict[str, Any]]:
    """Reads a list of tolerations."""
    return [_model(Toleration, item, index) for index, item in enumerate(_list(value))]


def retry_policy(value: Any) -> dict[str, Any]:
    """Reads a retry policy; ``__default__`` may supply the keys that it does not have."""
    return _model(RetryPolicy, value)


def affinity(value: Any) -> dict[str, Any]:
    """Reads a pod's affinity, as Kubernetes has it."""
    checked: dict[str, Any] = as_kubernetes(value, "V1Affinity")
    return checked


def extra_volumes(value: Any) -> list[dict[str, Any]]:
    """Reads volumes in addition to the data volume: where each is mounted, and what it is."""
    entries = [_model(ExtraVolume, item, index) for index, item in enumerate(_list(value))]
    return [{"mountPath": item["mount_path"], "volume": item["volume"]} for item in entries]


def _volume_name(value: Any) -> str:
    # Documentation that users follow calls a volume shared_memory.
    name = str(value).replace("_", "-").lower()
    if not re.match(r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$", name):
        raise LocatedError(
            ["name"],
            f"{value!r} is not a valid volume name; write it like shared-memory",
        )
    if name == DATA_VOLUME or name.startswith(SECRET_VOLUME_PREFIX):
        raise LocatedError(
            ["name"],
            f"{value!r} is the name of one of this plugin's own volumes; choose another",
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
        raise ValueError(f"{value!r} is not a number of seconds; write an integer above 0")
    return value


def image(value: Any) -> str:
    """Reads the name of an image."""
    return check_image_name(value)


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
