"""Decides whether a run of the workflow is one MLflow run, from ``mlflow.yml`` and ``kubeflow.yaml``.

MLflow itself is not imported: that takes more than a second, and the machine that compiles does not need it.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, metadata
from importlib.util import find_spec
from typing import Any, Optional

from kedro_kubeflow.config import RunConfig
from kedro_kubeflow.errors import ProjectError
from kedro_kubeflow.findings import WARNING, Finding, ReportFinding, stop_at_errors
from kedro_kubeflow.project import KedroProject, lies_in_data_folder, read_config, tracking_folder

TRACKING_URI = "MLFLOW_TRACKING_URI"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Tracking:
    """One MLflow run for each run of the workflow.

    Attributes:
        on_volume: whether MLflow stores it in files on the data volume instead of a server.
    """

    on_volume: bool


def tracking_of(
    project: KedroProject, config: RunConfig, pipeline: str, report: ReportFinding = stop_at_errors
) -> Optional[Tracking]:
    """Returns how a run of the workflow is tracked as one MLflow run, or None if it is not.

    Args:
        project: the opened project.
        config: ``run_config``; its ``mlflow.enabled`` decides where it is set.
        pipeline: registered name.
        report: receives a warning where the project seems to want one and there will be none, or where it is not known.
    """
    if config.mlflow.enabled is False:
        return None
    told = _read_mlflow_yml(project)
    uri = _at(told, "server").get("mlflow_tracking_uri")
    path = tracking_folder(uri, project.path)
    on_volume = bool(config.volume and path is not None and lies_in_data_folder(path))
    if config.mlflow.enabled:
        if find_spec("kedro_mlflow") is None:
            message = (
                "kedro-mlflow is not installed here, so the image may lack it, too: then the first step fails. "
                "Add it to the project's requirements, or set this to false"
            )
            report(Finding(WARNING, "mlflow-not-here", "run_config.mlflow.enabled", message))
        return Tracking(on_volume)
    excepted = _at(told, "tracking", "disable_tracking").get("pipelines") or ()
    if told == {} or pipeline in excepted or _hook_is_off():
        return None
    reason = None
    if find_spec("kedro_mlflow") is None:
        reason = "kedro-mlflow is not installed where the workflow is compiled"
    elif path is not None and not on_volume:
        reason = f"server.mlflow_tracking_uri is {uri}, and each pod would have a folder of its own there"
    elif told is not None and uri is None and not _comes_from_the_cluster(config):
        reason = "server.mlflow_tracking_uri names no server"
    if reason is None:
        return Tracking(on_volume)
    message = (
        f"the project has an mlflow.yml, but a run in the cluster will not be one MLflow run: {reason}. Fix that, or "
        "set this to true if the pods know an MLflow server, or to false to turn tracking off"
    )
    report(Finding(WARNING, "not-tracked", "run_config.mlflow.enabled", message))
    return None


def _read_mlflow_yml(project: KedroProject) -> Optional[Mapping[str, Any]]:
    """Returns what ``mlflow.yml`` says: empty where there is none, None where only a session could read it."""
    try:
        return read_config(project.config_loader, "mlflow")
    except ProjectError as err:
        # kedro-mlflow registers resolvers of its own when a session begins, and here none does.
        log.debug("mlflow.yml is assumed to name a server: %s", err)
        return None


def _comes_from_the_cluster(config: RunConfig) -> bool:
    targets = [item.deploy_target for item in config.secrets]
    targets += [
        item.deploy_target or item.key for item in config.config_maps if item.deploy_type == "env"
    ]
    return TRACKING_URI in targets


def _hook_is_off() -> bool:
    """Returns whether the project disables kedro-mlflow's hook and does not register it itself."""
    from kedro.framework.project import settings

    try:
        # Kedro compares the name as the package spells it: kedro-mlflow or kedro_mlflow, by its version.
        spelling = metadata("kedro-mlflow")["Name"]
    except PackageNotFoundError:
        spelling = "kedro-mlflow"
    named = any(type(hook).__module__.startswith("kedro_mlflow.") for hook in settings.HOOKS)
    return spelling in settings.DISABLE_HOOKS_FOR_PLUGINS and not named


def _at(values: Any, *keys: str) -> Mapping[str, Any]:
    for key in keys:
        values = values.get(key) if isinstance(values, Mapping) else None
    return values if isinstance(values, Mapping) else {}
