"""Reads the state of a run and its steps from what the server keeps.

The steps come from Argo's nodes in ``workflow_manifest``, without the nodes of the DAGs themselves.
The attempts of a step with retries become one step, with the state and message of the last.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Optional

SUCCESS = "succeeded"
NO_SUCCESS = ("failed", "error", "skipped", "canceled", "cancelled")
"""How runs end: 1.8 returns Argo's phases, 2.x its own states; compared in lowercase."""

WAITING = "Waiting"
"""Phase of a step without a node in Argo yet; every other phase is Argo's."""

_DISPLAY_NAME = "pipelines.kubeflow.org/task_display_name"
_STEP_TYPES = ("Pod", "Retry", "Skipped", "Container", "Suspend", "HTTP", "Plugin")
_FAILED = ("Failed", "Error")


@dataclass(frozen=True)
class StepSnapshot:
    """One step of a run.

    Attributes:
        name: Its name in the interface.
        task: Its name in the DAG.
        phase: Waiting, Pending, Running, Succeeded, Failed, Error, Skipped, Omitted.
        message: The reason from Argo or Kubernetes, such as ``ImagePullBackOff: …`` or ``Error (exit
            code 1)``; often empty.
        attempts: How often it was started.
        started_at, finished_at: RFC 3339, or empty.
        node_id, node_name: Id and name of Argo's node of the last attempt; empty while waiting.
    """

    name: str
    task: str
    phase: str = WAITING
    message: str = ""
    attempts: int = 0
    started_at: str = ""
    finished_at: str = ""
    node_id: str = ""
    node_name: str = ""

    @property
    def failed(self) -> bool:
        """Whether it has failed, after all retries."""
        return self.phase in _FAILED

    @property
    def hangs(self) -> bool:
        """Whether it cannot start, for a known reason."""
        return self.phase == "Pending" and bool(self.message)


@dataclass(frozen=True)
class RunSnapshot:
    """The state of a run at one moment.

    Attributes:
        run_id: Its id.
        name: Its name.
        status: Its state on the server; empty if there is none yet.
        link: Opens it in Kubeflow's interface.
        steps: In the order of the pipeline.
        message: Argo's message for the whole run, often empty.
        created_at, finished_at: RFC 3339, or empty.
        workflow_name, namespace: Of the workflow in Kubernetes; empty if unknown.
        remark: A warning while waiting: the server does not answer, or the run has had no status
            for too long.
        timed_out: Whether the time was over before the run ended.
    """

    run_id: str
    name: str
    status: str
    link: str
    steps: tuple[StepSnapshot, ...] = ()
    message: str = ""
    created_at: str = ""
    finished_at: str = ""
    workflow_name: str = ""
    namespace: str = ""
    remark: str = ""
    timed_out: bool = False

    @property
    def finished(self) -> bool:
        """Whether it has ended."""
        return self.succeeded or self.status.lower() in NO_SUCCESS

    @property
    def succeeded(self) -> bool:
        """Whether it has ended successfully."""
        return self.status.lower() == SUCCESS

    @property
    def explanation(self) -> str:
        """Which steps failed and why, or Argo's message for the run; may be empty."""
        failed = [
            f"step {step.name!r} {step.phase.lower()}"
            + (f" after {step.attempts} attempts" if step.attempts > 1 else "")
            + (f": {step.message}" if step.message else "")
            for step in self.steps
            if step.failed
        ]
        return "; ".join(failed) or self.message


@dataclass(frozen=True)
class PipelineSnapshot:
    """The wait for a run of a pipeline at one moment.

    Attributes:
        run: The run that is waited for, or None if there is none yet.
        step: The step of it whose success is enough, or None.
        remark: Why there is no run yet, or that the server does not answer.
        timed_out: Whether the time was over first.
    """

    run: Optional[RunSnapshot] = None
    step: Optional[StepSnapshot] = None
    remark: str = ""
    timed_out: bool = False

    @property
    def succeeded(self) -> bool:
        """Whether the step, or else the run, has succeeded."""
        if self.step is not None:
            return self.step.phase == "Succeeded"
        return self.run is not None and self.run.succeeded

    @property
    def failed(self) -> bool:
        """Whether this run can no longer succeed."""
        if self.run is None or self.succeeded:
            return False
        return self.run.finished or bool(self.step and self.step.failed)

    @property
    def finished(self) -> bool:
        """Whether it has succeeded or failed."""
        return self.succeeded or self.failed

    @property
    def explanation(self) -> str:
        """The explanation of the run; empty if there is none."""
        return self.run.explanation if self.run else ""


def snapshot_of(detail: Any, link: str) -> RunSnapshot:
    """Reads a run as the API returns it.

    Args:
        detail: A :data:`~kedro_kubeflow.client.records.RUN_DETAIL`.
        link: Opens the run.
    """
    run = detail.run
    manifest = _manifest(detail.pipeline_runtime)
    metadata, status = manifest.get("metadata") or {}, manifest.get("status") or {}
    finished = _moment(run.finished_at)
    return RunSnapshot(
        run_id=run.id,
        name=run.name or "",
        status=run.status or "",
        link=link,
        steps=tuple(_steps(manifest, _nodes(status))),
        message=run.error or status.get("message") or "",
        created_at=_moment(run.created_at),
        # The end of a run that has not ended is the start of 1970.
        finished_at="" if finished.startswith("1970-01-01") else finished,
        workflow_name=metadata.get("name") or "",
        namespace=metadata.get("namespace") or "",
    )


def _manifest(runtime: Any) -> dict[str, Any]:
    try:
        manifest = json.loads(runtime.workflow_manifest)
    except (AttributeError, TypeError, ValueError):
        return {}
    return manifest if isinstance(manifest, dict) else {}


def _nodes(status: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns Argo's nodes, which Argo compresses in large workflows."""
    packed = status.get("compressedNodes")
    if not packed:
        return status.get("nodes") or {}
    try:
        nodes = json.loads(gzip.decompress(base64.b64decode(packed)))
    except (binascii.Error, OSError, EOFError, ValueError):
        return {}
    return nodes if isinstance(nodes, dict) else {}


def _steps(manifest: Mapping[str, Any], nodes: Mapping[str, Any]) -> Iterator[StepSnapshot]:
    spec = manifest.get("spec") or {}
    templates = {t.get("name"): t for t in spec.get("templates") or ()}
    attempts = {
        child
        for node in nodes.values()
        if node.get("type") == "Retry"
        for child in node.get("children") or ()
    }
    shown = {
        node.get("displayName") or node.get("name", ""): node
        for key, node in nodes.items()
        if node.get("type") in _STEP_TYPES and key not in attempts
    }
    for task, template in _tasks(templates, spec.get("entrypoint")):
        node = shown.pop(task, None)
        name = _name(templates.get(template), task)
        yield _step(name, task, node, nodes) if node else StepSnapshot(name, task)
    # Not tasks of the DAG: the exit handler, and steps of templates that are not followed.
    for task, node in sorted(shown.items(), key=lambda item: item[1].get("startedAt") or ""):
        name = _name(templates.get(node.get("templateName")), task)
        yield _step(name, task, node, nodes)


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
        message=last.get("message") or node.get("message") or "",
        attempts=len(pods) if node.get("type") == "Retry" else 1,
        started_at=node.get("startedAt") or "",
        finished_at=node.get("finishedAt") or "",
        node_id=last.get("id") or "",
        node_name=last.get("name") or "",
    )


def _moment(value: Any) -> str:
    return value.isoformat().replace("+00:00", "Z") if value is not None else ""
