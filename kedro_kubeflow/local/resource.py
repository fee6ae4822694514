"""Runs a ``resource`` template: creates or removes the folder of its persistent volume claim.

Claims are the only Kubernetes objects that mean something on one machine, and the only ones that
compiled Kedro pipelines make.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from kedro_kubeflow.errors import LocalRunError
from kedro_kubeflow.local.substitution import substitute_text
from kedro_kubeflow.local.volumes import VolumeFolders
from kedro_kubeflow.local.workflow_fields import mapping_at, text_at

ACTIONS = ("create", "apply", "delete")
KIND = "PersistentVolumeClaim"

# As kubectl writes a path of plain keys: {} or {.} for all, {.metadata.name}.
_JSON_PATH = re.compile(r"\{((?:\.[-_A-Za-z0-9]+)*)\.?\}")


def check_resource(resource: Mapping[str, Any], where: str) -> None:
    """Make sure before a run that a resource is a claim.

    Raises:
        LocalRunError: it is another kind of object, another action, or no YAML at all.
    """
    action = resource.get("action")
    if action not in ACTIONS:
        raise LocalRunError(f"{where}.action: {action!r} is not one of {', '.join(ACTIONS)}")
    manifest = text_at(resource, "manifest", where)
    # A bare tag is not YAML ("{{" opens a mapping twice), so a word takes its place.
    _read_manifest(substitute_text(manifest, lambda name: "x"), f"{where}.manifest")


def apply_resource(
    resource: Mapping[str, Any], volumes: VolumeFolders, where: str
) -> dict[str, Any]:
    """Do what a resource template says to the folders of claims.

    Args:
        resource: the template's ``resource``, tags filled in.
        volumes: the folders of this run's claims.
        where: the resource's place in the workflow, for messages.

    Returns:
        The claim as Kubernetes would show it once a disk is bound to it.

    Raises:
        LocalRunError: the manifest is not a claim, or has no valid name; or a claim of
            this name exists already.
    """
    claim = _read_manifest(str(resource["manifest"]), f"{where}.manifest")
    metadata = dict(mapping_at(claim, "metadata", f"{where}.manifest"))
    name = text_at(metadata, "name", f"{where}.manifest.metadata")
    if resource["action"] == "delete":
        volumes.remove(name)
        return claim
    volumes.create(name, may_exist=resource["action"] == "apply")
    spec = mapping_at(claim, "spec", f"{where}.manifest")
    requests = mapping_at(
        mapping_at(spec, "resources", f"{where}.manifest.spec"),
        "requests",
        f"{where}.manifest.spec.resources",
    )
    status = {"accessModes": spec.get("accessModes"), "capacity": requests, "phase": "Bound"}
    return {**claim, "metadata": metadata, "status": status}


def read_json_path(document: Mapping[str, Any], path: str, where: str) -> str:
    """The text of a part of a Kubernetes object, for an output parameter.

    Args:
        document: the object.
        path: ``{}`` for all of it, or keys as in ``{.metadata.name}``.
        where: the parameter's place in the workflow, for messages.

    Returns:
        A string as it is, anything else as JSON.

    Raises:
        LocalRunError: the path is of another form, or leads nowhere.
    """
    match = _JSON_PATH.fullmatch(path.strip())
    if not match:
        raise LocalRunError(
            f"{where}: {path!r} is not supported here; write {{}} or keys like {{.metadata.name}}"
        )
    value: Any = document
    for key in filter(None, match.group(1).split(".")):
        if not isinstance(value, Mapping) or key not in value:
            raise LocalRunError(f"{where}: {path} does not exist in the object: no {key!r}")
        value = value[key]
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def _read_manifest(manifest: str, where: str) -> dict[str, Any]:
    import yaml  # only workflows with a volume need it

    try:
        document = yaml.safe_load(manifest)
    except yaml.YAMLError as err:
        raise LocalRunError(f"{where}: is not YAML: {err}") from err
    kind = document.get("kind") if isinstance(document, Mapping) else None
    if kind != KIND:
        raise LocalRunError(f"{where}: kind is {kind!r}; run-local can create only a {KIND}")
    return dict(document)
