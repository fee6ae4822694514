"""Executes runs, and keeps their status and the nodes of their manifests up to date.

This replaces Argo's controller and the persistence agent.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Any

from kfp_server.clock import now, rfc3339
from kfp_server.simulation import Executor, Finished, NodeState
from kfp_server.store import Run, Store


@dataclass
class Agent:
    """How the states of runs reach the database.

    If ``alive`` is false, they never do. ``delay`` is how many seconds a new run has no status,
    ``termination`` how many seconds a terminated run is Terminating.
    """

    alive: bool = True
    delay: float = 0.0
    termination: float = 0.02
    default_retries: bool = False
    """KFP 2.17 gives each template without a strategy two retries after errors, the DAG too."""
    names_containers: bool = False
    """Argo from 3.7 on begins a message with the container's name."""


def start(run: Run, executor: Executor, agent: Agent, store: Store) -> None:
    """Starts or retries a run in a thread of its own."""
    run.done.clear()
    thread = threading.Thread(target=_execute, args=(run, executor, agent, store), daemon=True)
    thread.start()


def _execute(run: Run, executor: Executor, agent: Agent, store: Store) -> None:
    time.sleep(agent.delay)
    kept = frozenset(
        node["displayName"] for node in run.nodes.values() if node["phase"] == "Succeeded"
    )
    with store.lock:
        run.workflow_phase = "Running"
        # A run may be terminated before its first report.
        if not run.terminate.is_set():
            _publish(run, agent, "Running")
        run.nodes = {key: node for key, node in run.nodes.items() if node["phase"] == "Succeeded"}
        _root(run, agent, "Running")
    parameters = {p["name"]: p["value"] for p in run.parameters}
    end = Finished("Error", "the executor ended without a word")
    events = executor(run.workflow, parameters, kept)
    for event in events:
        if isinstance(event, Finished):
            end = event
            break
        with store.lock:
            _show(run, agent, event)
        if run.terminate.is_set():
            time.sleep(agent.termination)
            end = Finished("Failed", "Stopped with strategy 'Terminate'")
            break
    with store.lock:
        _finish(run, end, agent)
    run.done.set()


def _publish(run: Run, agent: Agent, status: str) -> None:
    if agent.alive:
        run.status = status


def _finish(run: Run, end: Finished, agent: Agent) -> None:
    for node in run.nodes.values():
        if node["phase"] in ("Pending", "Running"):
            node.update(phase="Failed", message=end.message, finishedAt=rfc3339(now()))
    _root(run, agent, end.phase, end.message)
    run.message = end.message
    run.workflow_phase = end.phase
    run.finished_at = now()
    _publish(run, agent, end.phase)


def _root(run: Run, agent: Agent, phase: str, message: str = "") -> None:
    name = run.workflow["metadata"]["name"]
    entrypoint = run.workflow["spec"]["entrypoint"]
    steps = [
        key
        for key, other in run.nodes.items()
        if key != name and other["type"] != "DAG" and "(" not in other["displayName"]
    ]
    if not agent.default_retries:
        _node(run, name, name, entrypoint, "DAG", phase, message)["children"] = steps
        return
    dag = _node(run, f"{name}(0)", f"{name}(0)", entrypoint, "DAG", phase, message)
    dag["children"] = steps
    _node(run, name, name, entrypoint, "Retry", phase, message)["children"] = [dag["id"]]


def _show(run: Run, agent: Agent, state: NodeState) -> None:
    """Writes a node; a template with a retry strategy gets a node of type Retry above its pods."""
    workflow_name = run.workflow["metadata"]["name"]
    templates = {t["name"]: t for t in run.workflow["spec"]["templates"]}
    own = (templates.get(state.template) or {}).get("retryStrategy")
    root = f"{workflow_name}(0)" if agent.default_retries else workflow_name
    path, shown = f"{root}.{state.name}", state.name
    if state.name == "onExit":
        # Its name is the one that it is shown by, and it is no part of the DAG.
        path = shown = f"{workflow_name}.onExit"
    message, failed = state.message, state.phase in ("Failed", "Error")
    if failed and message and agent.names_containers:
        message = f"main: {message}"
    if not own and not agent.default_retries:
        _node(run, path, shown, state.template, "Pod", state.phase, message)
        return
    pod_path, pod_name = f"{path}({state.attempt})", f"{shown}({state.attempt})"
    pod = _node(run, pod_path, pod_name, state.template, "Pod", state.phase, message)
    # The server's own strategy repeats errors alone, and what failed otherwise keeps its message.
    last_try = state.attempt >= int(own.get("limit", 0)) if own else True
    phase = "Running" if state.phase == "Pending" or (failed and not last_try) else state.phase
    said = ("No more retries left" if own else message) if failed and last_try else ""
    parent = _node(run, path, shown, state.template, "Retry", phase, said)
    if pod["id"] not in parent.setdefault("children", []):
        parent["children"].append(pod["id"])


def _node(
    run: Run, path: str, shown: str, template: str, kind: str, phase: str, message: str
) -> dict[str, Any]:
    workflow_name = run.workflow["metadata"]["name"]
    key = workflow_name if path == workflow_name else f"{workflow_name}-{_hash(path)}"
    node = run.nodes.setdefault(
        key,
        {
            "id": key,
            "name": path,
            "displayName": shown,
            "type": kind,
            "templateName": template,
            "templateScope": f"local/{workflow_name}",
            "startedAt": rfc3339(now()),
            "finishedAt": None,
        },
    )
    if path != workflow_name:
        node["boundaryID"] = workflow_name
    node["phase"] = phase
    # Argo omits an empty message.
    node.pop("message", None)
    if message:
        node["message"] = message
    if phase in ("Succeeded", "Failed", "Error", "Skipped", "Omitted"):
        node["finishedAt"] = rfc3339(now())
    return node


def _hash(text: str) -> int:
    """Returns the 32-bit FNV-1a hash, which Argo uses for the ids of nodes."""
    value = 0x811C9DC5
    for byte in text.encode():
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value
