"""Reads from a project and its ``kubeflow.yaml`` which server, names and parameters a command uses."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Optional

from kedro_kubeflow.argo import naming
from kedro_kubeflow.compiler import list_parameters, option_texts
from kedro_kubeflow.config import PluginConfig, read_project_config
from kedro_kubeflow.errors import ConfigError, suggest
from kedro_kubeflow.project import (
    DEFAULT_ENV,
    DEFAULT_PIPELINE,
    KedroProject,
    open_project,
    param_options,
    parameter_values,
)

if TYPE_CHECKING:
    from kedro_kubeflow.client import KubeflowClient, Schedule

PIPELINE_NAME_BYTES = 100
"""Kubeflow's limit for names."""


@dataclass(frozen=True)
class Target:
    """A project and the server in its ``kubeflow.yaml``.

    Attributes:
        project: the project.
        config: the project's ``kubeflow.yaml``.
        host: the server's URL.
    """

    project: KedroProject
    config: PluginConfig
    host: str

    def client(self, environ: Mapping[str, str], namespace: Optional[str] = None) -> KubeflowClient:
        """Returns a client of the server; nothing is sent yet.

        Args:
            environ: environment variables, with the credentials.
            namespace: overrides ``run_config.namespace``.
        """
        from kedro_kubeflow.client import KubeflowClient

        return KubeflowClient(
            self.host, environ, namespace=namespace or self.config.run_config.namespace
        )


def find_target(
    start: Path,
    env: str,
    environ: Mapping[str, str],
    pipeline: str = DEFAULT_PIPELINE,
    params: Sequence[str] = (),
) -> Target:
    """Opens the project and reads which server it uses.

    Args:
        start: a folder in the project.
        env: Kedro's configuration environment.
        environ: environment variables.
        pipeline: registered name, for placeholders.
        params: ``--param`` options, for placeholders.

    Raises:
        InputError: there is no project, or ``kubeflow.yaml`` is not valid.
    """
    project = open_project(start, env)
    found = read_project_config(project, pipeline, environ, params=params)
    return target_of(project, found.config, found.files.origin("host"))


def target_of(project: KedroProject, config: PluginConfig, origin: str) -> Target:
    """Checks that ``kubeflow.yaml`` names a server.

    Raises:
        ConfigError: ``kubeflow.yaml`` has no ``host``.
    """
    if config.host is None:
        raise ConfigError(
            f"{origin}: host: this key is required for commands that use a server; set it to the URL of Kubeflow "
            "Pipelines, for instance https://kubeflow.example.com/pipeline"
        )
    return Target(project, config, config.host)


def pipeline_name(project: KedroProject, pipeline: str) -> str:
    """Returns a pipeline's name on the server: ``[project] pipeline (env: e)``, at most 100 bytes."""
    name = f"[{project.name}] {pipeline} (env: {project.env})"
    if len(name.encode("utf-8")) <= PIPELINE_NAME_BYTES:
        return name
    return f"{_beginning(name)}... {naming.digest(name)}"


def belongs_to(project: KedroProject, name: str) -> bool:
    """Returns whether a pipeline on the server belongs to a project."""
    return name.startswith(_beginning(f"[{project.name}] "))


def _beginning(name: str) -> str:
    """Returns as much of a name as fits before three dots, a space and eight digits."""
    return name.encode("utf-8")[: PIPELINE_NAME_BYTES - 12].decode("utf-8", "ignore")


def fill_name(template: str, params: Sequence[str], values: Mapping[Any, Any]) -> str:
    """Fills in ``{parameter}`` in the name of a run.

    Args:
        template: the name; dots separate nested keys.
        params: ``--param`` options, which take precedence.
        values: the project's parameters.

    Returns:
        The name; placeholders without a parameter are left unchanged.
    """
    changed = {**values, **param_options.apply_options(params, values)}

    def value_of(found: re.Match[str]) -> str:
        value: Any = param_options.look_up(found[1], changed)
        return found[0] if value is parameter_values.MISSING else str(value)

    return re.sub(r"\{([^{}]+)\}", value_of, template)


def plan_schedule(
    target: Target,
    pipeline: str,
    cron: Optional[str],
    experiment: Optional[str],
    params: Sequence[str],
) -> Schedule:
    """Returns what runs, and when.

    Args:
        target: the project and its server.
        pipeline: registered name.
        cron: six fields, or None for ``run_config.cron_expression``.
        experiment: overrides ``run_config.experiment_name``.
        params: ``--param`` options; they may contain Kubeflow's macros.

    Raises:
        InputError: there is no cron expression, or a parameter is unknown or cannot be set.
    """
    from kedro_kubeflow.client import Schedule

    project, run = target.project, target.config.run_config
    expression = cron or run.cron_expression
    if not expression:
        raise ConfigError(
            "there is no cron expression: pass one with -c, six fields, seconds first, such as '0 0 4 * * *' for four "
            "o'clock every day, or set run_config.cron_expression"
        )
    for name in run.macro_params:
        if param_options.look_up(name, project.parameters) is parameter_values.MISSING:
            known = suggest(name, param_options.parameter_names(project.parameters))
            raise ConfigError(
                f"run_config.macro_params: there is no parameter {name!r} in the project; {known}"
            )
    options = [*(f"{name}={macro}" for name, macro in run.macro_params.items()), *params]
    start = run.start_date
    return Schedule(
        pipeline_name=pipeline_name(project, pipeline),
        experiment_name=experiment or run.experiment_name or project.name,
        job_name=fill_name(
            run.scheduled_run_name or run.run_name or default_run_name(project, pipeline),
            params,
            project.parameters,
        ),
        cron=expression,
        parameters=option_texts(
            project.parameters, known_parameters(project, target.config), options, macros=True
        ),
        start=dt.datetime(start.year, start.month, start.day, tzinfo=dt.timezone.utc)
        if start
        else None,
        description=run.description or "",
        service_account=run.service_account_name,
    )


def known_parameters(project: KedroProject, config: PluginConfig) -> dict[str, str]:
    """Returns the Kedro parameters that are the workflow's, with their names in the workflow."""
    listed = list_parameters(project.parameters, config.run_config)
    return {item.key: item.name for item in listed}


def default_run_name(project: KedroProject, pipeline: str) -> str:
    """Returns the name of a run if ``kubeflow.yaml`` has none: another one for each pipeline and environment."""
    name = project.name if pipeline == DEFAULT_PIPELINE else f"{project.name} {pipeline}"
    return name if project.env == DEFAULT_ENV else f"{name} (env: {project.env})"
