"""Runs the Kedro nodes of a step, and stores their data for the other steps.

Each step pays for what is imported here, so what few steps need is imported where it is needed.
"""

from __future__ import annotations

import datetime as dt
import inspect
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Optional

from kedro_kubeflow.argo import naming
from kedro_kubeflow.errors import StepError
from kedro_kubeflow.pod.file_exchange import FileExchange
from kedro_kubeflow.pod.step_hooks import StepHooks
from kedro_kubeflow.pod.step_session import new_session
from kedro_kubeflow.project import (
    KedroProject,
    hand_over,
    kedro_private,
    nodes_of,
    open_project,
)
from kedro_kubeflow.project.parameter_values import overrides, to_text
from kedro_kubeflow.variables import CREATED, MLFLOW_RUN_ID, PARAMETERS, RUN_ID, STORE, VOLUME

if TYPE_CHECKING:
    from kedro_kubeflow.pod.store import Store

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class StepArguments:
    """What the workflow passes to a step.

    Attributes:
        pipeline: registered name.
        nodes: names of the nodes to run; none for all.
        parameters: ``{{workflow.parameters}}`` as Argo expands it, a JSON list of names and values, or None.
        parameter_names: legal names of workflow parameters, to Kedro's, where they differ.
        status: the workflow's status, which Argo passes to the exit handler, or None.
        failures: Argo's JSON of the failed steps, or None.
        ends_mlflow_run: whether the workflow's MLflow run is over with this step.
    """

    pipeline: str
    nodes: Sequence[str] = ()
    parameters: Optional[str] = None
    parameter_names: Mapping[str, str] = field(default_factory=dict)
    status: Optional[str] = None
    failures: Optional[str] = None
    ends_mlflow_run: bool = False


def run_step(start: Path, env: str, arguments: StepArguments, environ: Mapping[str, str]) -> None:
    """Runs a step's nodes in a Kedro session.

    Args:
        start: the project's folder.
        env: Kedro's configuration environment.
        arguments: what the workflow passes to the step.
        environ: the pod's environment.

    Raises:
        StepError: the workflow does not fit the project in the image.
        Exception: whatever a node raises, as ``kedro run`` would.
    """
    # Read now: MLflow takes the variable away when it takes the run up.
    mlflow_run = environ.get(MLFLOW_RUN_ID)
    try:
        _run_step(start, env, arguments, environ)
    finally:
        if arguments.ends_mlflow_run:
            from kedro_kubeflow.pod.mlflow_run import end_mlflow_run

            log.info(end_mlflow_run(start, env, arguments.status or "", environ))
    if mlflow_run:
        from kedro_kubeflow.pod.mlflow_run import keep_mlflow_run_open

        keep_mlflow_run_open(mlflow_run)


def _run_step(start: Path, env: str, arguments: StepArguments, environ: Mapping[str, str]) -> None:
    project = open_project(start, env)
    nodes = nodes_of(project.pipeline(arguments.pipeline))
    own = arguments.nodes or [node.name for node in nodes]
    missing = sorted(set(own) - {node.name for node in nodes})
    if missing:
        raise StepError(
            f"pipeline {arguments.pipeline!r} of the project in this image has no node {missing[0]!r}: the workflow "
            "was compiled from other code. Build the image again, or compile again"
        )
    handover = hand_over(own, nodes, project.catalog.dataset)
    changes = _changes(arguments, project)
    if environ.get(PARAMETERS):
        from kedro_kubeflow.pod.config_map_values import with_config_maps

        changes = with_config_maps(changes, project.parameters, environ)
    version = save_version(environ)
    exchange = FileExchange(
        project.path, _store(project, environ), volume=environ.get(VOLUME) is not None
    )
    hooks: list[Any] = [StepHooks(handover, exchange, version, changes)]
    if arguments.ends_mlflow_run:
        from kedro_kubeflow.pod.mlflow_run import NotTracked

        hooks.append(NotTracked(arguments.pipeline))
    _run_nodes(project, arguments, changes, version, hooks)


def _store(project: KedroProject, environ: Mapping[str, str]) -> Optional[Store]:
    if not environ.get(STORE):
        return None
    from kedro_kubeflow.pod.store import Store

    return Store(environ[STORE], project.path)


def save_version(environ: Mapping[str, str]) -> Optional[str]:
    """Returns the version under which all steps of a run save, in Kedro's own form.

    The seconds are those of the workflow's creation; the milliseconds distinguish runs that were created in the same
    second. Outside a workflow, it is None.
    """
    created, run = environ.get(CREATED), environ.get(RUN_ID, "")
    if not created:
        return None
    try:
        when = dt.datetime.fromisoformat(created.replace("Z", "+00:00")).astimezone(dt.timezone.utc)
    except ValueError:
        return naming.artifact_name(f"run-{run}")
    milliseconds = int(naming.digest(run), 16) % 1000
    return f"{when:%Y-%m-%dT%H.%M.%S}.{milliseconds:03d}Z"


def _changes(arguments: StepArguments, project: KedroProject) -> dict[Any, Any]:
    """Returns the parameters that differ from the image's configuration."""
    if arguments.parameters is None and arguments.status is None:
        return {}
    texts = _texts(arguments)
    defaults = project.parameters
    changes = overrides(texts, defaults) if texts else {}
    if arguments.status is not None:
        changes["status"] = arguments.status
        failures = read_failures(arguments.failures)
        changes["failures"] = (
            to_text(failures) if isinstance(defaults.get("failures"), str) else failures
        )
    if changes:
        log.info(
            "parameters that differ from the image's configuration: %s",
            ", ".join(map(str, sorted(changes, key=str))),
        )
    return changes


def _texts(arguments: StepArguments) -> dict[str, str]:
    if arguments.parameters is None:
        return {}
    try:
        items = json.loads(arguments.parameters)
        return {
            arguments.parameter_names.get(item["name"], item["name"]): item["value"]
            for item in items
        }
    except (ValueError, TypeError, KeyError) as err:
        raise StepError(
            f"the workflow's parameters are not a JSON list of names and values: {err!r}"
        ) from err


def read_failures(text: Optional[str]) -> list[dict[str, Any]]:
    """Reads ``{{workflow.failures}}``: JSON, in a JSON string, and ``null`` when nothing failed.

    Returns:
        One mapping for each step that failed, with ``displayName``, ``message``, ``templateName``, ``phase``,
        ``podName`` and ``finishedAt``.
    """
    found: Any = text
    try:
        while isinstance(found, str) and found:
            found = json.loads(found)
    except ValueError:
        return [{"message": text}]
    return found if isinstance(found, list) else []


def _run_nodes(
    project: KedroProject,
    arguments: StepArguments,
    changes: Mapping[Any, Any],
    version: Optional[str],
    hooks: Sequence[Any],
) -> None:
    with new_session(project, changes) as session:
        if version is not None:
            kedro_private.set_save_version(session, version)
        for hook in hooks:
            kedro_private.register_hook(session, hook)
        session.run(
            node_names=list(arguments.nodes) or None,
            **_which_pipeline(session.run, arguments.pipeline),
        )


def _which_pipeline(run: Any, pipeline: str) -> dict[str, Any]:
    if "pipeline_names" in inspect.signature(run).parameters:
        return {"pipeline_names": [pipeline]}
    return {"pipeline_name": pipeline}
