"""Merges a workflow's ``templateDefaults`` into an Argo template, as Argo does before it runs the template.

Argo uses a strategic merge patch, as ``kubectl apply`` does: mappings are merged key by key, some lists are merged
item by item by a key of the items, and all other lists are replaced. The table of those keys is taken from
``x-kubernetes-patch-merge-key`` in Argo's published JSON schema (3.3.8 and 3.5.15 agree).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

TEMPLATE_TYPES = (
    "container",
    "containerSet",
    "dag",
    "data",
    "http",
    "plugin",
    "resource",
    "script",
    "steps",
    "suspend",
)

# The path of the list (an item adds nothing to the path of what is in it) and the key that its items are merged by.
_CONTAINER_KEYS = {
    ("env",): "name",
    ("ports",): "containerPort",
    ("volumeDevices",): "devicePath",
    ("volumeMounts",): "mountPath",
}
_MERGE_KEYS: dict[tuple[str, ...], str] = {
    ("hostAliases",): "ip",
    ("initContainers",): "name",
    ("sidecars",): "name",
    ("tolerations",): "key",
    ("volumes",): "name",
    ("inputs", "artifacts"): "name",
    ("inputs", "parameters"): "name",
    ("outputs", "artifacts"): "name",
    ("outputs", "parameters"): "name",
    **{
        (owner, *path): key
        for owner in ("container", "script", "initContainers", "sidecars")
        for path, key in _CONTAINER_KEYS.items()
    },
}


def merge_template_defaults(
    defaults: Mapping[str, Any] | None, template: Mapping[str, Any]
) -> dict[str, Any]:
    """Returns a template with its workflow's defaults, as Argo runs it.

    Defaults for another type of template do not apply: with ``container`` in the defaults, a DAG stays a DAG. A null
    or empty value in the template does not override a default, because Argo merges serialised objects, which omit
    such fields.

    Args:
        defaults: ``spec.templateDefaults`` of the workflow, or None.
        template: one of its ``spec.templates``, with exactly one template type.

    Returns:
        A new mapping; mappings and lists that the merge changed are copies.
    """
    own_types = {kind for kind in TEMPLATE_TYPES if template.get(kind) is not None}
    fitting = {
        key: value
        for key, value in (defaults or {}).items()
        if key not in TEMPLATE_TYPES or key in own_types
    }
    return _merge_mappings(fitting, template, ())


def _merge_mappings(
    original: Mapping[str, Any], patch: Mapping[str, Any], path: tuple[str, ...]
) -> dict[str, Any]:
    merged = dict(original)
    for key, value in patch.items():
        if value is not None and value not in ("", []):
            merged[key] = _merge_values(merged.get(key), value, (*path, key))
    return merged


def _merge_values(original: Any, patch: Any, path: tuple[str, ...]) -> Any:
    if isinstance(original, Mapping) and isinstance(patch, Mapping):
        return _merge_mappings(original, patch, path)
    merge_key = _MERGE_KEYS.get(path)
    if merge_key is not None and isinstance(original, list) and isinstance(patch, list):
        return _merge_lists(original, patch, merge_key, path)
    return patch


def _merge_lists(
    original: Sequence[Any], patch: Sequence[Any], merge_key: str, path: tuple[str, ...]
) -> list[Any]:
    merged = list(original)
    places = {
        item[merge_key]: index
        for index, item in enumerate(original)
        if isinstance(item, Mapping) and merge_key in item
    }
    for item in patch:
        place = places.get(item.get(merge_key)) if isinstance(item, Mapping) else None
        if place is None:
            merged.append(item)
        else:
            merged[place] = _merge_mappings(merged[place], item, path)
    return merged
