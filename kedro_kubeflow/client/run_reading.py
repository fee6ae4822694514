"""Reads the state of a run and its steps from what the server keeps.

The steps come from Argo's nodes in ``workflow_manifest``, without the nodes of the DAGs themselves.
The attempts of a step with retries become one step, with the state and message of the last.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import gzip
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Optional

from kedro_kubeflow.client.snapshots import SUCCESS, RunSnapshot, StepSnapshot

_DISPLAY_NAME = "pipelines.kubeflow.org/task_display_name"
_STEP_TYPES = ("Pod", "Retry", "Skipped", "Container", "Suspend", "HTTP", "Plugin")
_CONTAINER = re.compile(r"^main: ")
"""The name of a step's container, with which messages of Argo from 3.7 on begin."""
_UNREADABLE = (
    "the state of the steps cannot be read: Argo has compressed it in a way that this version does not know; "
    "Kubeflow's interface shows it"
)


def snapshot_of(detail: Any, link: str) -> RunSnapshot:
    """Reads a run as the API returns it.

    Args:
        detail: A :data:`~kedro_kubeflow.client.records.RUN_DETAIL`.
        link: Opens the run.
    """
    run = detail.run
    manifest = _manifest(detail.pipeline_runtime)
    metadata, status = manifest.get("metadata") or {}, manifest.get("status") or {}
    nodes, remark = _nodes(status)
    finished = _moment(run.finished_at)
    # The end of a run that has not ended is the start of 1970.
    ended = None if finished.startswith("1970-01-01") else run.finished_at
    return RunSnapshot(
        run_id=run.id,
        name=run.name or "",
        status=run.status or "",
        link=link,
        steps=tuple(_steps(manifest, nodes)),
        message=run.error or status.get("message") or "",
        created_at=_moment(run.created_at),
        finished_at=_moment(ended),
        workflow_name=metadata.get("name") or "",
        namespace=metadata.get("namespace") or "",
        volume_until=_volume_until(manifest.get("spec") or {}, ended, run.status or ""),
        remark=remark,
    )


def _volume_until(spec: Mapping[str, Any], ended: Optional[dt.datetime], status: str) -> str:
    """Returns when the volume of a run is deleted with its workflow; empty if it is not, or is not yet known."""
    resources = [template.get("resource") or {} for template in spec.get("templates") or ()]
    if ended is None or not any(item.get("setOwnerReference") for item in resources):
        return ""
    ttl = spec.get("ttlStrategy") or {}
    ending = "secondsAfterSuccess" if status.lower() == SUCCESS else "secondsAfterFailure"
    seconds = ttl.get(ending, ttl.get("secondsAfterCompletion"))
    return "" if seconds is None else _moment(ended + dt.timedelta(seconds=int(seconds)))


def _manifest(runtime: Any) -> dict[str, Any]:
    try:
        manifest = json.loads(runtime.workflow_manifest)
    except (AttributeError, TypeError, ValueError):
        return {}
    return manifest if isinstance(manifest, dict) else {}


def _nodes(status: Mapping[str, Any]) -> tuple[Mapping[str, Any], str]:
    """Returns Argo's nodes, which Argo compresses in large workflows, and a warning if they cannot be read."""
    packed = status.get("compressedNodes")
    if not packed:
        return status.get("nodes") or {}, ""
    try:
        nodes = json.loads(gzip.decompress(base64.b64decode(packed)))
    except (binascii.Error, OSError, EOFError, ValueError):
        nodes = None
    return (nodes, "") if isinstance(nodes, dict) else ({}, _UNREADABLE)


def _steps(manifest: Mapping[str, Any], nodes: Mapping[str, Any]) -> Iterator[StepSnapshot]:
    spec = manifest.get("spec") or {}
    templates = {t.get("name"): t for t in spec.get("templates") or ()}
    root = (manifest.get("metadata") or {}).get("name")
    repeated = [node for node in nodes.values() if node.get("type") == "Retry"]
    attempts = {child for node in repeated for child in node.get("children") or ()}
    candidates = [
        node
        for key, node in nodes.items()
        # A DAG with a retry strategy has a node of type Retry at the root.
        if node.get("type") in _STEP_TYPES and key not in attempts and key != root
    ]
    # Each attempt of the DAG has nodes of the same names.
    last_attempts = list((nodes.get(root or "") or {}).get("children") or ())
    candidates.sort(key=lambda node: _rank(node, last_attempts))
    shown = {node.get("displayName") or node.get("name", ""): node for node in candidates}
    for task, template in _tasks(templates, spec.get("entrypoint")):
        node = shown.pop(task, None)
        name = _name(templates.get(template), task)
        yield _step(name, task, node, nodes) if node else StepSnapshot(name, task)
    # Not tasks of the DAG: the exit handler, and steps of templates that are not followed.
    for task, node in sorted(shown.items(), key=lambda item: item[1].get("startedAt") or ""):
        template = node.get("templateName")
        # Argo names the exit handler's node after the workflow.
        task = str(template or task) if task == f"{root}.onExit" else task
        yield _step(_name(templates.get(template), task), task, node, nodes)


def _rank(node: Mapping[str, Any], attempts: Sequence[str]) -> tuple[int, str]:
    """Sorts nodes by the attempt of the DAG that they are part of, then by their start."""
    boundary = node.get("boundaryID")
    return attempts.index(boundary) if boundary in attempts else -1, node.get("startedAt") or ""


def _tasks(
    templates: Mapping[Optional[str], Any], name: Optional[str], depth: int = 0
) -> Iterator[tuple[str, str]]:
    """Yields task and template of each step below a template, through nested DAGs."""
    tasks = ((templates.get(name) or {}).get("dag") or {}).get("tasks") or ()
    for task in tasks:
        template = task.get("template", "")
        if "dag" in (templates.get(template) or {}) and depth < 20:
            yield from _tasks(templates, template, depth + 1)
        else:
            yield task.get("name", ""), template


def _name(template: Optional[Mapping[str, Any]], task: str) -> str:
    annotations = ((template or {}).get("metadata") or {}).get("annotations") or {}
    return str(annotations.get(_DISPLAY_NAME) or task)


def _step(name: str, task: str, node: Mapping[str, Any], nodes: Mapping[str, Any]) -> StepSnapshot:
    children = [nodes[key] for key in node.get("children") or () if key in nodes]
    pods = [c for c in children if c.get("type") == "Pod"] if node.get("type") == "Retry" else []
    last = pods[-1] if pods else node
    phase = node.get("phase") or "Pending"
    if phase == "Running" and last.get("phase") == "Pending":
        phase = "Pending"
    return StepSnapshot(
        name=name,
        task=task,
        phase=phase,
        # The node of the retries only says "No more retries left".
        message=_CONTAINER.sub("", last.get("message") or node.get("message") or ""),
        attempts=len(pods) if node.get("type") == "Retry" else 1,
        started_at=node.get("startedAt") or "",
        finished_at=node.get("finishedAt") or "",
        node_id=last.get("id") or "",
        node_name=last.get("name") or "",
    )


def _moment(value: Any) -> str:
    return value.isoformat().replace("+00:00", "Z") if value is not None else ""
