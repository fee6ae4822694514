"""Prepares a local run: compiles or reads the workflow, parses parameters, and chooses the run's folder."""

from __future__ import annotations

import datetime as dt
import logging
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

from kedro_kubeflow.argo import naming
from kedro_kubeflow.compiler import option_texts
from kedro_kubeflow.errors import InputError
from kedro_kubeflow.project import OWN_FOLDER, KedroProject, open_project

log = logging.getLogger(__name__)

KEPT_RUNS = 5
"""Number of runs whose folders are kept in the project; each contains a copy of the data."""


@dataclass(frozen=True)
class LocalRun:
    """A workflow that is ready for a local run.

    Attributes:
        workflow: the Argo workflow.
        project_path: the project, of which each step gets a copy.
        run_folder: folder for logs, volumes and artifacts.
        parameters: strings that override the workflow's own.
    """

    workflow: Mapping[str, Any]
    project_path: Path
    run_folder: Path
    parameters: Mapping[str, str]


def prepare_local_run(
    start: Path,
    env: str,
    pipeline: str,
    image: Optional[str],
    params: Sequence[str],
    workflow_file: Optional[Path],
    output_folder: Optional[Path],
    environ: Mapping[str, str],
) -> LocalRun:
    """Compiles a pipeline, or reads a compiled one, and chooses the folder for its run.

    Args:
        start: a folder in the project.
        env: Kedro's configuration environment.
        pipeline: registered name.
        image: overrides ``run_config.image``.
        params: ``--param`` options.
        workflow_file: a compiled workflow, or None.
        output_folder: folder for the run's files, or None for one in the project.
        environ: environment variables.

    Raises:
        KedroKubeflowError: one of them is wrong; no folder was created.
    """
    if workflow_file is not None:
        from kedro_kubeflow.argo import read_workflow

        workflow: Mapping[str, Any] = read_workflow(workflow_file)
        project = open_project(start, env)
    else:
        from kedro_kubeflow.compiler import compile_pipeline

        compiled = compile_pipeline(start, env, pipeline, image, environ, params)
        workflow, project = compiled.workflow, compiled.project
    texts = option_texts(project.parameters, _known_parameters(project, workflow), params)
    if output_folder is not None and output_folder.exists() and any(output_folder.iterdir()):
        raise InputError(
            f"{output_folder}: the folder is not empty; pass a new one with --output-folder"
        )
    _warn_about_waits(workflow)
    return LocalRun(workflow, project.path, output_folder or _new_run_folder(project.path), texts)


def _warn_about_waits(workflow: Mapping[str, Any]) -> None:
    """Warns which steps do not wait here; they know it from a variable that the local runner sets."""
    waits = [
        str(template.get("name"))
        for template in workflow["spec"].get("templates") or ()
        if "wait-for-run" in ((template.get("container") or {}).get("command") or ())
    ]
    if waits:
        log.warning("run-local does not wait for other pipelines: %s", ", ".join(waits))


def _known_parameters(project: KedroProject, workflow: Mapping[str, Any]) -> dict[str, str]:
    """Returns the Kedro parameters that the workflow has, with their names in it."""
    listed = workflow["spec"].get("arguments", {}).get("parameters", ())
    declared = {item["name"] for item in listed}
    names = naming.legal_names(map(str, project.parameters), naming.parameter_name)
    return {key: name for key, name in names.items() if name in declared}


def tidy_runs(run: LocalRun) -> None:
    """Deletes old run folders in the project, and keeps the others out of version control."""
    runs = run.project_path / OWN_FOLDER / "runs"
    if run.run_folder.parent != runs or not run.run_folder.is_dir():
        return
    (runs.parent / ".gitignore").write_text("*\n", encoding="utf-8")
    for folder in sorted(item for item in runs.iterdir() if item.is_dir())[:-KEPT_RUNS]:
        shutil.rmtree(folder, ignore_errors=True)


def _new_run_folder(project_path: Path) -> Path:
    now = dt.datetime.now().strftime("%Y-%m-%dT%H.%M.%S.%f")
    return project_path / OWN_FOLDER / "runs" / now
