"""Commands that start, show and change runs on a Kubeflow Pipelines server."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any, Optional

import click

from kedro_kubeflow.cli.options import (
    image_option,
    json_option,
    keep_logs_off_stdout,
    namespace_option,
    param_option,
    pipeline_option,
    plain,
    wait_options,
)


@click.command("run-once")
@pipeline_option
@image_option
@namespace_option
@wait_options
@param_option
@json_option
@click.pass_context
def run_once(
    ctx: click.Context,
    pipeline: str,
    image: Optional[str],
    namespace: Optional[str],
    wait: bool,
    timeout: int,
    params: tuple[str, ...],
    as_json: bool,
) -> None:
    """Compile a pipeline and run it in the cluster."""
    from kedro_kubeflow.commands import submission
    from kedro_kubeflow.compiler import compile_pipeline, option_texts

    if as_json:
        keep_logs_off_stdout()
    compiled = compile_pipeline(Path.cwd(), ctx.obj, pipeline, image, os.environ, params)
    project, run = compiled.project, compiled.config.run_config
    target = submission.target_of(project, compiled.config, compiled.origin)
    name = run.run_name or submission.default_run_name(project, pipeline)
    known = submission.known_parameters(project, compiled.config)
    client = target.client(os.environ, namespace)
    submitted = client.run_once(
        compiled.workflow,
        experiment_name=run.experiment_name or project.name,
        run_name=submission.fill_name(name, params, project.parameters),
        parameters=option_texts(project.parameters, known, params),
        description=run.description or "",
        service_account=run.service_account_name,
    )
    if not as_json:
        click.echo(f"Run {submitted.name!r} submitted: {submitted.link}")
    if wait or run.wait_for_completion:
        _wait(ctx, client, submitted.run_id, timeout, as_json)
    elif as_json:
        click.echo(json.dumps(plain(submitted)))


@click.command("status")
@click.argument("run")
@json_option
@click.pass_obj
def status(env: str, run: str, as_json: bool) -> None:
    """Show the state of a run and of its steps."""
    from kedro_kubeflow.commands import submission
    from kedro_kubeflow.commands.watching import snapshot_json, status_lines

    if as_json:
        keep_logs_off_stdout()
    snapshot = submission.find_target(Path.cwd(), env, os.environ).client(os.environ).status(run)
    click.echo(
        json.dumps(snapshot_json(snapshot)) if as_json else "\n".join(status_lines(snapshot))
    )


@click.command("logs")
@click.argument("run")
@click.argument("step")
@click.option("-f", "--follow", is_flag=True, help="Follow the log until the step ends.")
@click.pass_obj
def logs(env: str, run: str, step: str, follow: bool) -> None:
    """Print the log of a step of a run."""
    from kedro_kubeflow.commands import submission

    client = submission.find_target(Path.cwd(), env, os.environ).client(os.environ)
    for line in client.logs(run, step, follow=follow):
        click.echo(line)


@click.command("retry")
@click.argument("run")
@wait_options
@click.pass_context
def retry(ctx: click.Context, run: str, wait: bool, timeout: int) -> None:
    """Run the failed steps of a run again."""
    from kedro_kubeflow.commands import submission

    client = submission.find_target(Path.cwd(), ctx.obj, os.environ).client(os.environ)
    snapshot = client.retry(run)
    click.echo(f"Run {snapshot.name!r} continues: {snapshot.link}")
    if wait:
        _wait(ctx, client, snapshot.run_id, timeout, as_json=False)


@click.command("terminate")
@click.argument("run")
@click.pass_obj
def terminate(env: str, run: str) -> None:
    """Terminate a run."""
    from kedro_kubeflow.commands import submission

    snapshot = submission.find_target(Path.cwd(), env, os.environ).client(os.environ).terminate(run)
    click.echo(f"Run {snapshot.name!r} is being terminated: {snapshot.link}")


def _wait(ctx: click.Context, client: Any, run_id: str, timeout: int, as_json: bool) -> None:
    """Shows a run until it ends, and exits with 0 only if it succeeded."""
    from kedro_kubeflow.commands.watching import show_run, snapshot_json

    link = client.links.run(run_id)
    try:
        last = show_run(
            client.wait(run_id, timeout), sys.stderr if as_json else sys.stdout, os.environ
        )
    except KeyboardInterrupt:
        click.echo(
            f"The run goes on: {link}\nTo end it: kedro kubeflow terminate {run_id}", err=as_json
        )
        ctx.exit(130)
    if as_json:
        click.echo(json.dumps(snapshot_json(last)))
    elif last.succeeded:
        click.echo(f"Run {last.name!r} succeeded: {link}")
    elif last.timed_out:
        click.echo(f"Run {last.name!r} has not ended within {timeout} s and continues: {link}")
    else:
        why = f": {last.explanation}" if last.explanation else ""
        click.echo(f"Run {last.name!r} ended as {last.status}{why}\n{link}")
    ctx.exit(0 if last.succeeded else 1)


COMMANDS = (run_once, status, logs, retry, terminate)
