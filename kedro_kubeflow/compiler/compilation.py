"""Compiles a pipeline, from the project's folder to the Argo workflow."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

from kedro_kubeflow.compiler.plan import plan_workflow
from kedro_kubeflow.compiler.workflow_plan import WorkflowPlan
from kedro_kubeflow.config import PluginConfig, read_project_config
from kedro_kubeflow.findings import Finding, ReportFinding, stop_at_errors
from kedro_kubeflow.project import KedroProject, open_project


@dataclass(frozen=True)
class CompiledPipeline:
    """A compiled pipeline.

    Attributes:
        project: that it is part of.
        config: the project's ``kubeflow.yaml``.
        plan: what the workflow says.
        workflow: the Argo workflow.
        origin: the file that sets ``host``, or should.
        config_file: the file that sets ``run_config``.
    """

    project: KedroProject
    config: PluginConfig
    plan: WorkflowPlan
    workflow: Mapping[str, Any]
    origin: str
    config_file: str


def compile_pipeline(
    start: Path,
    env: str,
    pipeline: str,
    image: Optional[str],
    environ: Mapping[str, str],
    params: Sequence[str] = (),
    report: ReportFinding = stop_at_errors,
) -> CompiledPipeline:
    """Compiles a pipeline; without a network, and without writing a file.

    Args:
        start: a folder in the project.
        env: Kedro's configuration environment.
        pipeline: registered name.
        image: overrides ``run_config.image``.
        environ: this machine's environment.
        params: ``--param`` options, for placeholders; the workflow's parameters keep their defaults.
        report: receives all that is wrong or doubtful, see :mod:`kedro_kubeflow.findings`.

    Raises:
        InputError: there is no project, no such pipeline, or ``kubeflow.yaml`` cannot be read.
    """
    project = open_project(start, env)
    found = read_project_config(project, pipeline, environ, image, params)
    config, files = found.config, found.files
    file = files.origin("run_config")

    def report_with_file(finding: Finding) -> None:
        report(finding.of_file(file))

    plan = plan_workflow(
        project, config.run_config, pipeline, environ, config.host, report_with_file
    )
    workflow = compile_plan(plan, report_with_file)
    return CompiledPipeline(project, config, plan, workflow, files.origin("host"), file)


def compile_plan(plan: WorkflowPlan, report: ReportFinding = stop_at_errors) -> dict[str, Any]:
    """Compiles a plan; kfp is imported here.

    Args:
        plan: what the workflow says.
        report: receives a finding for each limit that it exceeds.
    """
    with warnings.catch_warnings():
        # What kfp's own dependencies think of this Python is not our user's concern.
        warnings.simplefilter("ignore")
        from kedro_kubeflow.compiler.generator import generate_workflow
    return generate_workflow(plan, report)
