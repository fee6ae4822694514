"""A project, its ``kubeflow.yaml`` and what was typed in; names, parameters and the server to speak to out."""

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
    DEFAULT_PIPELINE,
    KedroProject,
    open_project,
    param_options,
    parameter_values,
)

if TYPE_CHECKING:
    from kedro_kubeflow.client import KubeflowClient, Schedule

PIPELINE_NAME_BYTES = 100
"""What Kubeflow's API takes for a name."""


@dataclass(frozen=True)
class Target:
    """A project and the server that its ``kubeflow.yaml`` names.

    Attributes:
        project: opened.
        config: the project's ``kubeflow.yaml``.
        host: the server's address.
    """

    project: KedroProject
    config: PluginConfig
    host: str

    def client(self, environ: Mapping[str, str], namespace: Optional[str] = None) -> KubeflowClient:
        """Gives the client for the server; nothing is asked of it yet.

        Args:
            environ: this machine's environment, with what it offers to log in.
            namespace: takes the place of ``run_config.namespace``.
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
    """Opens the project and reads which server it runs on.

    Args:
        start: a folder in the project.
        env: Kedro's configuration environment.
        environ: this machine's environment.
        pipeline: registered name, for placeholders.
        params: ``--param`` options, for placeholders.

    Raises:
        InputError: no project, or something wrong with ``kubeflow.yaml``.
    """
    project = open_project(start, env)
    found = read_project_config(project, pipeline, environ, params=params)
    return target_of(project, found.config, found.files.origin("host"))


def target_of(project: KedroProject, config: PluginConfig, origin: str) -> Target:
    """Makes sure that there is a server to speak to.

    Raises:
        ConfigError: ``kubeflow.yaml`` has no ``host``.
    """
    if config.host is None:
        raise ConfigError(
            f"{origin}: host: this key is required to speak to a server; set it to the address of Kubeflow "
            "Pipelines, for instance https://kubeflow.example.com/pipeline"
        )
    return Target(project, config, config.host)


def pipeline_name(project: KedroProject, pipeline: str) -> str:
    """Gives a pipeline's name on the server: ``[project] pipeline (env: e)``, of 100 bytes at most."""
    name = f"[{project.name}] {pipeline} (env: {project.env})"
    if len(name.encode("utf-8")) <= PIPELINE_NAME_BYTES:
        return name
    return f"{_beginning(name)}… {naming.digest(name)}"


def belongs_to(project: KedroProject, name: str) -> bool:
    """Tells whether a pipeline on the server is one of a project's."""
    return name.startswith(_beginning(f"[{project.name}] "))


def _beginning(name: str) -> str:
    """Gives as much of a name as fits before an ellipsis, a space and eight digits."""
    return name.encode("utf-8")[: PIPELINE_NAME_BYTES - 12].decode("utf-8", "ignore")


def fill_name(template: str, params: Sequence[str], values: Mapping[Any, Any]) -> str:
    """Fills ``{parameter}`` in the name of a run.

    Args:
        template: the name; dots lead into nested parameters.
        params: ``--param`` options, which come first.
        values: the project's parameters.

    Returns:
        The name; what names no parameter stays as it is.
    """
    changed = {**values, **param_options.apply_options(params, values)}

    def put_in(found: re.Match[str]) -> str:
        value: Any = param_options.look_up(found[1], changed)
        return found[0] if value is parameter_values.MISSING else str(value)

    return re.sub(r"\{([^{}]+)\}", put_in, template)


def plan_schedule(
    target: Target,
    pipeline: str,
    cron: Optional[str],
    experiment: Optional[str],
    params: Sequence[str],
) -> Schedule:
    """Says what should run when.

    Args:
        target: the project and its server.
        pipeline: registered name.
        cron: six fields, or None for ``run_config.cron_expression``.
        experiment: takes the place of ``run_config.experiment_name``.
        params: ``--param`` options; they may hold Kubeflow's macros.

    Raises:
        InputError: no cron expression, or a parameter that nobody can take.
    """
    from kedro_kubeflow.client import Schedule

    project, run = target.project, target.config.run_config
    expression = cron or run.cron_expression
    if not expression:
        raise ConfigError(
            "there is no cron expression: give one with -c, six fields, seconds first, such as '0 0 4 * * *' for four "
            "o'clock each day, or set run_config.cron_expression"
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
    """Gives the Kedro parameters that are the workflow's, to their names in the workflow."""
    listed = list_parameters(project.parameters, config.run_config)
    return {item.key: item.name for item in listed}


def default_run_name(project: KedroProject, pipeline: str) -> str:
    """Gives the name of a run where ``kubeflow.yaml`` has none."""
    return project.name if pipeline == DEFAULT_PIPELINE else f"{project.name} {pipeline}"
