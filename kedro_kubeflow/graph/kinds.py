"""Determines the kind of a template, and what this plugin's own steps say about themselves."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Optional

import yaml

from kedro_kubeflow.argo import TEMPLATE_TYPES
from kedro_kubeflow.argo.fields import mapping_at, text_at, texts_at
from kedro_kubeflow.graph.picture import Kind

_MLFLOW_COMMANDS = ("mlflow-start", "mlflow-end")
_SHOWN_NODES = 40


@dataclass(frozen=True)
class Content:
    """What a template runs.

    Attributes:
        kind: of the step.
        notes: for its box.
        details: shown when the pointer is on it.
    """

    kind: Kind
    notes: tuple[str, ...] = ()
    details: tuple[str, ...] = ()


def content_of(template: Mapping[str, Any], node_counts: Mapping[str, int], where: str) -> Content:
    """Describes what a template runs.

    Args:
        template: defaults merged in.
        node_counts: numbers of nodes of Kedro pipelines, as far as they are known, by name.
        where: its place, for messages.

    Raises:
        InputError: it is of a wrong form.
    """
    if template.get("resource") is not None:
        return _resource(mapping_at(template, "resource", where), f"{where}.resource")
    if template.get("suspend") is not None:
        duration = mapping_at(template, "suspend", where).get("duration")
        return Content(
            Kind.WAIT,
            (f"{duration} s" if str(duration).isdigit() else str(duration),) if duration else (),
        )
    if template.get("container") is None:
        known = next((key for key in TEMPLATE_TYPES if template.get(key) is not None), None)
        kind = Kind.CONTAINER if known in ("script", "containerSet") else Kind.OTHER
        return Content(kind, (known,) if known and known not in ("dag", "steps") else ())
    container = mapping_at(template, "container", where)
    at = f"{where}.container"
    command, arguments = texts_at(container, "command", at), texts_at(container, "args", at)
    own = _own_command(command)
    image = text_at(container, "image", at)
    details = (f"Image: {image}",) if image else ()
    if own == "run-step":
        content = _run_step(command, arguments, node_counts)
        return Content(content.kind, content.notes, (*content.details, *details))
    return Content(_kind_of_command(own), (), details)


def _kind_of_command(own: str) -> Kind:
    if own.startswith("volume-"):
        return Kind.VOLUME
    if own in _MLFLOW_COMMANDS:
        return Kind.MLFLOW
    return Kind.WAIT if own.startswith("wait") else Kind.CONTAINER


def _own_command(command: Sequence[str]) -> str:
    """Returns the command of ``kedro kubeflow`` that a container runs, or an empty text."""
    if list(command[:2]) != ["kedro", "kubeflow"]:
        return ""
    words = command[4:] if command[2:3] in (["--env"], ["-e"]) else command[2:]
    return words[0] if words else ""


def _run_step(
    command: Sequence[str], arguments: Sequence[str], node_counts: Mapping[str, int]
) -> Content:
    pipeline = _option(command, "--pipeline") or ""
    nodes = _nodes(_option(arguments, "--nodes"))
    if not nodes:
        # Without --nodes a step runs its whole pipeline.
        count = node_counts.get(pipeline)
        if count is None:
            return Content(Kind.GROUP, (f"pipeline {pipeline}",))
        kind = Kind.GROUP if count > 1 else Kind.NODE
        return Content(kind, (_count(count),) if count > 1 else (), (f"Pipeline: {pipeline}",))
    if len(nodes) == 1:
        return Content(Kind.NODE, (), (f"Node: {nodes[0]}",))
    shown = [f"- {name}" for name in nodes[:_SHOWN_NODES]]
    if len(nodes) > _SHOWN_NODES:
        shown.append(f"- and {len(nodes) - _SHOWN_NODES} more")
    return Content(Kind.GROUP, (_count(len(nodes)),), ("Nodes:", *shown))


def _count(nodes: int) -> str:
    return f"{nodes} nodes"


def _option(words: Sequence[str], name: str) -> Optional[str]:
    for word, value in zip(words, words[1:]):
        if word == name:
            return value
    return None


def _nodes(text: Optional[str]) -> list[str]:
    try:
        nodes = json.loads(text or "[]")
    except ValueError:
        return []
    return [str(name) for name in nodes] if isinstance(nodes, list) else []


def _resource(resource: Mapping[str, Any], where: str) -> Content:
    try:
        manifest = yaml.safe_load(text_at(resource, "manifest", where))
    except yaml.YAMLError:
        manifest = None  # it may hold tags that only Argo fills in
    if not isinstance(manifest, Mapping):
        return Content(Kind.OTHER, ("resource",))
    kind = str(manifest.get("kind"))
    action = str(resource.get("action") or "get")
    if kind != "PersistentVolumeClaim":
        return Content(Kind.OTHER, (f"{action} {kind}",))
    spec = manifest.get("spec") if isinstance(manifest.get("spec"), Mapping) else {}
    size = _at(spec, "resources", "requests", "storage")
    modes = _at(spec, "accessModes")
    modes = ", ".join(map(str, modes)) if isinstance(modes, list) else None
    return Content(Kind.VOLUME, tuple(str(item) for item in (size, modes) if item))


def _at(value: Any, *keys: str) -> Any:
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value
