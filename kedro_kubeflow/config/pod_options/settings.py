"""Every setting of a pod that may differ from step to step: how it is read, joined for a group, written to a template.

A new setting is one entry in ``SETTINGS`` and one field of :class:`PodSettings`; nothing else has to know it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic.v1 import Field, PositiveInt, validator
from pydantic.v1.fields import ModelField

from kedro_kubeflow.config.pod_options import entries, joining
from kedro_kubeflow.config.strict_model import LocatedError, StrictModel

DEFAULT_KEY = "__default__"


def _nothing_to_finish(value: Any) -> Any:
    return value


@dataclass(frozen=True)
class PodSetting:
    """One setting.

    Attributes:
        entry: type of what YAML gives for one step, for the reference of the configuration.
        read: checks and normalises one step's entry; raises ValueError.
        combine: joins the values of a group's nodes, in their order, those without a value left out; raises
            ValueError where they contradict each other.
        apply: writes a pod's value to its Argo template, a dict with ``container`` and ``metadata``. ``podSpecPatch``
            may be a dict there, for fields of the pod that Argo has no word for.
        finish: checks the value after all entries are merged; raises ValueError.
        contradiction: code of the finding where one of the last two raises.
        limits: whether it limits the nodes of a group: then ``combine`` gets None for those without a value, too.
    """

    entry: Any
    read: Callable[[Any], Any]
    combine: Callable[[Sequence[Any]], Any]
    apply: Callable[[dict[str, Any], Any], None]
    finish: Callable[[Any], Any] = _nothing_to_finish
    contradiction: str = "contradictory-settings"
    limits: bool = False


def _field(name: str) -> Callable[[dict[str, Any], Any], None]:
    """Writes the value as it is to a field of the template."""

    def apply(template: dict[str, Any], value: Any) -> None:
        template[name] = value

    return apply


def _apply_resources(template: dict[str, Any], value: Mapping[str, Mapping[str, str]]) -> None:
    amounts = {side: dict(sorted(value.get(side, {}).items())) for side in ("limits", "requests")}
    template["container"]["resources"] = {side: item for side, item in amounts.items() if item}


def _apply_selectors(template: dict[str, Any], value: Mapping[str, str]) -> None:
    template["nodeSelector"] = dict(sorted(value.items()))


def _metadata(name: str) -> Callable[[dict[str, Any], Mapping[str, str]], None]:
    def apply(template: dict[str, Any], value: Mapping[str, str]) -> None:
        template["metadata"][name] = dict(sorted(value.items()))

    return apply


def _apply_retries(template: dict[str, Any], value: Mapping[str, Any]) -> None:
    if not value["num_retries"]:
        return
    fields = {
        "duration": "backoff_duration",
        "factor": "backoff_factor",
        "maxDuration": "max_duration",
    }
    backoff = {name: value[key] for name, key in fields.items() if value.get(key)}
    template["retryStrategy"] = {
        "limit": value["num_retries"],
        # Always: a pod that was evicted or whose machine went away is an error to Argo, not a failure.
        "retryPolicy": "Always",
        **({"backoff": backoff} if backoff else {}),
    }


def _apply_extra_volumes(template: dict[str, Any], value: Sequence[Mapping[str, Any]]) -> None:
    volumes: dict[str, Any] = {}
    for item in value:
        volumes.setdefault(item["volume"]["name"], item["volume"])
    template["volumes"] = [volumes[name] for name in sorted(volumes)]
    template["container"]["volumeMounts"] = [
        {"mountPath": item["mountPath"], "name": item["volume"]["name"]} for item in value
    ]


def _apply_image(template: dict[str, Any], value: str) -> None:
    template["container"]["image"] = value


SETTINGS: Mapping[str, PodSetting] = {
    "resources": PodSetting(
        dict[str, Any],
        entries.resources,
        joining.largest_resources,
        _apply_resources,
        joining.check_resources,
        "requests-over-limits",
        limits=True,
    ),
    "node_selectors": PodSetting(
        dict[str, str],
        entries.pod_labels,
        joining.one_mapping,
        _apply_selectors,
    ),
    "tolerations": PodSetting(
        list[entries.Toleration], entries.tolerations, joining.all_different, _field("tolerations")
    ),
    "affinity": PodSetting(dict[str, Any], entries.affinity, joining.same, _field("affinity")),
    "labels": PodSetting(
        dict[str, str], entries.pod_labels, joining.one_mapping, _metadata("labels")
    ),
    "annotations": PodSetting(
        dict[str, str],
        entries.pod_annotations,
        joining.one_mapping,
        _metadata("annotations"),
    ),
    "retry_policy": PodSetting(
        entries.RetryPolicy,
        entries.retry_policy,
        joining.most_patient,
        _apply_retries,
        joining.check_retries,
    ),
    "timeout": PodSetting(
        PositiveInt,
        entries.timeout,
        joining.all_timeouts,
        _field("activeDeadlineSeconds"),
        limits=True,
    ),
    "extra_volumes": PodSetting(
        list[entries.ExtraVolume],
        entries.extra_volumes,
        joining.all_different,
        _apply_extra_volumes,
        joining.check_volumes,
    ),
    "images": PodSetting(str, entries.image, joining.same, _apply_image),
}

DEFAULT_RESOURCES = {
    "requests": {"cpu": "500m", "memory": "1024Mi"},
    "limits": {"cpu": "500m", "memory": "1024Mi"},
}


class PodSettings(StrictModel):
    """The settings of :data:`SETTINGS`, each a mapping: ``__default__``, a tag, a node or a step, to its value."""

    resources: dict[str, Any] = Field(
        {DEFAULT_KEY: DEFAULT_RESOURCES},
        description="Amounts of resources, of any name; flat ones are both request and limit, or set them "
        "separately under `requests` and `limits`. Default of `__default__`: cpu 500m and memory 1024Mi.",
    )
    node_selectors: dict[str, Any] = Field(
        {}, description="Labels that the cluster node of a pod must have."
    )
    tolerations: dict[str, Any] = Field({}, description="Taints that a pod may be scheduled on.")
    affinity: dict[str, Any] = Field({}, description="A pod's affinity, as in Kubernetes.")
    labels: dict[str, Any] = Field({}, description="Labels of a pod.")
    annotations: dict[str, Any] = Field({}, description="Annotations of a pod.")
    retry_policy: dict[str, Any] = Field(
        {},
        description="How often a failed step is retried: `num_retries`, `backoff_duration` (like 60s), "
        "`backoff_factor`, `max_duration`. `__default__` completes a step's entry.",
    )
    timeout: dict[str, Any] = Field({}, description="Seconds after which a step fails.")
    extra_volumes: dict[str, Any] = Field(
        {},
        description="Additional volumes: `mount_path` and `volume`, the latter as in Kubernetes "
        "or with `cls` and `params` of `kubernetes.client`.",
    )
    images: dict[str, Any] = Field({}, description="Other images than `image`.")

    @validator(*SETTINGS, pre=True)
    def _each_step(cls, value: Any, field: ModelField) -> dict[str, Any]:  # noqa: N805
        if value is None:
            return dict(field.default)
        if not isinstance(value, Mapping):
            raise ValueError(f"{value!r} is not a mapping of steps to their {field.name}")
        result: dict[str, Any] = {}
        for step, entry in value.items():
            try:
                result[str(step)] = SETTINGS[field.name].read(entry)
            except LocatedError as err:
                raise LocatedError([step, *err.path], str(err)) from err
            except ValueError as err:
                raise LocatedError([step], str(err)) from err
        if field.name == "resources":
            result.setdefault(DEFAULT_KEY, DEFAULT_RESOURCES)
        return result
