"""Hidden commands that pods call."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Callable, Optional

import click

from kedro_kubeflow.errors import StepError

_Command = Callable[..., Any]


def _of_a_pipeline(command: _Command) -> _Command:
    """Adds the options of all commands that open the project for a pipeline."""
    for option in (
        click.option(
            "--dynamic-config",
            is_flag=True,
            help="First let run_config.dynamic_config_providers write configuration.",
        ),
        click.option("--pipeline", required=True),
    ):
        command = option(command)
    return command


def _prepared(env: str, pipeline: str, dynamic_config: bool) -> str:
    """Completes the project's configuration and returns the pipeline's registered name."""
    from kedro_kubeflow.project.parameter_values import from_text

    name = str(from_text(pipeline, ""))
    if dynamic_config:
        from kedro_kubeflow.pod.config_providers import write_dynamic_config

        write_dynamic_config(Path.cwd(), env, name, os.environ)
    return name


@click.command("run-step", hidden=True)
@_of_a_pipeline
@click.option("--nodes", default="[]", help="JSON list of nodes to run (default: all).")
@click.option("--parameters", default=None, help="JSON list of the workflow's parameters.")
@click.option(
    "--parameter-names", default="{}", help="JSON mapping of parameters whose names Argo refuses."
)
@click.option("--status", default=None)
@click.option("--failures", default=None)
@click.option("--end-mlflow-run", is_flag=True, help="Also end the MLflow run.")
@click.pass_obj
def run_step_command(
    env: str,
    pipeline: str,
    dynamic_config: bool,
    nodes: str,
    parameters: Optional[str],
    parameter_names: str,
    status: Optional[str],
    failures: Optional[str],
    end_mlflow_run: bool,
) -> None:
    """Run nodes inside a pod."""
    from kedro_kubeflow.pod.run_step import StepArguments, run_step

    try:
        names, renamed = json.loads(nodes), json.loads(parameter_names)
    except ValueError as err:
        raise StepError(f"--nodes and --parameter-names must be JSON: {err}") from err
    arguments = StepArguments(
        pipeline=_prepared(env, pipeline, dynamic_config),
        nodes=names,
        parameters=parameters,
        parameter_names=renamed,
        status=status,
        failures=failures,
        ends_mlflow_run=end_mlflow_run,
    )
    run_step(Path.cwd(), env, arguments, os.environ)


@click.command("volume-init", hidden=True)
@click.argument("source", type=click.Path(path_type=Path))
@click.argument("target", type=click.Path(path_type=Path))
def volume_init(source: Path, target: Path) -> None:
    """Copy the image's data to a new volume."""
    from kedro_kubeflow.cli.options import counted
    from kedro_kubeflow.pod.volume_init import fill_volume

    count = fill_volume(source, target)
    click.echo(f"{counted(count, 'file')} on the volume")


@click.command("mlflow-start", hidden=True)
@_of_a_pipeline
@click.option("--output", required=True, type=click.Path(path_type=Path, dir_okay=False))
@click.pass_obj
def mlflow_start(env: str, pipeline: str, dynamic_config: bool, output: Path) -> None:
    """Start the MLflow run of a workflow, and write its id to a file."""
    from kedro_kubeflow.pod.mlflow_run import start_mlflow_run, write_run_id

    name = _prepared(env, pipeline, dynamic_config)
    run_id = start_mlflow_run(Path.cwd(), env, name, os.environ)
    write_run_id(run_id, output)
    click.echo(f"MLflow run: {run_id}")


@click.command("mlflow-end", hidden=True)
@_of_a_pipeline
@click.option("--status", required=True, help="Status of the workflow.")
@click.pass_obj
def mlflow_end(env: str, pipeline: str, dynamic_config: bool, status: str) -> None:
    """End the MLflow run of a workflow."""
    from kedro_kubeflow.pod.mlflow_run import end_mlflow_run

    _prepared(env, pipeline, dynamic_config)
    click.echo(end_mlflow_run(Path.cwd(), env, status, os.environ))


@click.command("wait-for-run", hidden=True)
@click.option("--name", required=True, help="Name of the pipeline on the server.")
@click.option("--task", default=None, help="Step of its run to wait for (default: the whole run).")
@click.option("--host", required=True)
@click.option("--namespace", default=None)
@click.option("--interface", default=None, help="URL used in links (default: the host).")
@click.option("--timeout", type=float, required=True, help="Seconds to wait.")
@click.option(
    "--max-age",
    type=float,
    required=True,
    help="Oldest run, in seconds before this workflow.",
)
@click.option("--may-not-exist", is_flag=True, help="Wait for the pipeline itself, too.")
@click.option("--poll-seconds", type=float, default=30.0, hidden=True)
def wait_for_run_command(
    name: str, task: Optional[str], host: str, may_not_exist: bool, **options: Any
) -> None:
    """Wait until a run of another pipeline has succeeded."""
    from kedro_kubeflow.commands.wait_for_run import WaitArguments, wait_for_run
    from kedro_kubeflow.project.parameter_values import from_text

    arguments = WaitArguments(
        pipeline=str(from_text(name, "")),
        task=None if task is None else str(from_text(task, "")),
        host=str(from_text(host, "")),
        must_exist=not may_not_exist,
        **options,
    )
    wait_for_run(arguments, os.environ, click.echo)


COMMANDS = (run_step_command, volume_init, mlflow_start, mlflow_end, wait_for_run_command)
