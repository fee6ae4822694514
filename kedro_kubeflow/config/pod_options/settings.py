"""Every setting of a pod that may differ from step to step: how it is read, joined for a group, put on a ContainerOp.

A new setting is one entry in ``SETTINGS`` and one field of :class:`PodSettings`; nothing else has to know it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic.v1 import Field, PositiveInt, validator
from pydantic.v1.fields import ModelField

from kedro_kubeflow.config.pod_options import entries, joining
from kedro_kubeflow.config.strict_model import LocatedError, StrictModel

if TYPE_CHECKING:
    from kfp.dsl import ContainerOp

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
        apply: puts a step's value on its op.
        finish: checks the value after all entries are merged; raises ValueError.
        contradiction: code of the finding where one of the last two raises.
    """

    entry: Any
    read: Callable[[Any], Any]
    combine: Callable[[Sequence[Any]], Any]
    apply: Callable[[ContainerOp, Any], None]
    finish: Callable[[Any], Any] = _nothing_to_finish
    contradiction: str = "contradictory-settings"


def _apply_resources(op: ContainerOp, value: Mapping[str, Mapping[str, str]]) -> None:
    for name, amount in sorted(value.get("requests", {}).items()):
        op.container.add_resource_request(name, amount)
    for name, amount in sorted(value.get("limits", {}).items()):
        op.container.add_resource_limit(name, amount)


def _apply_pairs(adder: str) -> Callable[[ContainerOp, Mapping[str, str]], None]:
    def apply(op: ContainerOp, value: Mapping[str, str]) -> None:
        for key, item in sorted(value.items()):
            getattr(op, adder)(key, item)

    return apply


def _apply_tolerations(op: ContainerOp, value: Sequence[Mapping[str, Any]]) -> None:
    for item in value:
        op.add_toleration(item)


def _apply_affinity(op: ContainerOp, value: Mapping[str, Any]) -> None:
    op.add_affinity(value)


def _apply_retries(op: ContainerOp, value: Mapping[str, Any]) -> None:
    if value["num_retries"]:
        # Always: a pod that was evicted or whose machine went away is an error to Argo, not a failure.
        op.set_retry(
            value["num_retries"],
            policy="Always",
            backoff_duration=value.get("backoff_duration"),
            backoff_factor=value.get("backoff_factor"),
            backoff_max_duration=value.get("max_duration"),
        )


def _apply_timeout(op: ContainerOp, value: int) -> None:
    op.set_timeout(value)


def _apply_extra_volumes(op: ContainerOp, value: Sequence[Mapping[str, Any]]) -> None:
    from kubernetes.client import V1VolumeMount

    known = set()
    for item in value:
        name = item["volume"]["name"]
        if name not in known:
            op.add_volume(item["volume"])
            known.add(name)
        op.container.add_volume_mount(V1VolumeMount(name=name, mount_path=item["mountPath"]))


def _apply_image(op: ContainerOp, value: str) -> None:
    op.container.image = value


SETTINGS: Mapping[str, PodSetting] = {
    "resources": PodSetting(
        dict[str, Any],
        entries.resources,
        joining.largest_resources,
        _apply_resources,
        joining.check_resources,
        "requests-over-limits",
    ),
    "node_selectors": PodSetting(
        dict[str, str],
        entries.pod_labels,
        joining.one_mapping,
        _apply_pairs("add_node_selector_constraint"),
    ),
    "tolerations": PodSetting(
        list[entries.Toleration], entries.tolerations, joining.all_different, _apply_tolerations
    ),
    "affinity": PodSetting(dict[str, Any], entries.affinity, joining.same, _apply_affinity),
    "labels": PodSetting(
        dict[str, str], entries.pod_labels, joining.one_mapping, _apply_pairs("add_pod_label")
    ),
    "annotations": PodSetting(
        dict[str, str],
        entries.pod_annotations,
        joining.one_mapping,
        _apply_pairs("add_pod_annotation"),
    ),
    "retry_policy": PodSetting(
        entries.RetryPolicy,
        entries.retry_policy,
        joining.most_patient,
        _apply_retries,
        joining.check_retries,
    ),
    # A group runs its nodes one after the other, so it may take as long as they may together.
    "timeout": PodSetting(PositiveInt, entries.timeout, sum, _apply_timeout),
    "extra_volumes": PodSetting(
        list[entries.ExtraVolume],
        entries.extra_volumes,
        joining.all_different,
        _apply_extra_volumes,
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
        description="Amounts of resources, of any name; flat ones are request and limit alike, those under "
        "`requests` and `limits` apart. Without `__default__`, it is cpu 500m and memory 1024Mi.",
    )
    node_selectors: dict[str, Any] = Field({}, description="Labels that a pod's machine must have.")
    tolerations: dict[str, Any] = Field({}, description="Taints that a pod may be scheduled on.")
    affinity: dict[str, Any] = Field({}, description="A pod's affinity, as Kubernetes has it.")
    labels: dict[str, Any] = Field({}, description="Labels of a pod.")
    annotations: dict[str, Any] = Field({}, description="Annotations of a pod.")
    retry_policy: dict[str, Any] = Field(
        {},
        description="How often a failed step is tried again: `num_retries`, `backoff_duration` (like 60s), "
        "`backoff_factor`, `max_duration`. A step's entry is completed from `__default__`.",
    )
    timeout: dict[str, Any] = Field({}, description="Seconds that a step may take; then it fails.")
    extra_volumes: dict[str, Any] = Field(
        {},
        description="Volumes beside the data volume: `mount_path` and `volume`, the latter as Kubernetes "
        "has it or with `cls` and `params` of `kubernetes.client`.",
    )
    images: dict[str, Any] = Field({}, description="Images of steps that do not run in `image`.")

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
