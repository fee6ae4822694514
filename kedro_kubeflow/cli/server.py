"""Commands that speak to a Kubeflow Pipelines server."""

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
    """Compile a pipeline and run it once in the cluster."""
    from kedro_kubeflow import submission
    from kedro_kubeflow.compilation import compile_pipeline
    from kedro_kubeflow.workflow_parameters import option_texts

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
        click.echo(json.dumps(_plain(submitted)))


@click.command("upload-pipeline")
@pipeline_option
@image_option
@click.option("--force", is_flag=True, help="Upload although nothing has changed.")
@json_option
@click.pass_obj
def upload_pipeline(
    env: str, pipeline: str, image: Optional[str], force: bool, as_json: bool
) -> None:
    """Upload a pipeline, or a new version of it, to the server."""
    from kedro_kubeflow import submission
    from kedro_kubeflow.compilation import compile_pipeline

    if as_json:
        keep_logs_off_stdout()
    compiled = compile_pipeline(Path.cwd(), env, pipeline, image, os.environ)
    target = submission.target_of(compiled.project, compiled.config, compiled.origin)
    uploaded = target.client(os.environ).upload_pipeline(
        compiled.workflow,
        submission.pipeline_name(compiled.project, pipeline),
        description=compiled.config.run_config.description or "",
        force=force,
    )
    if as_json:
        click.echo(json.dumps(_plain(uploaded)))
        return
    what = {
        "created": f"Pipeline {uploaded.pipeline_name!r} created",
        "new version": f"New version of pipeline {uploaded.pipeline_name!r} uploaded",
        "unchanged": f"Pipeline {uploaded.pipeline_name!r} has not changed, nothing was uploaded (--force uploads)",
    }[uploaded.action]
    click.echo(f"{what}: {uploaded.link}")


@click.command("schedule")
@click.option(
    "-c",
    "--cron-expression",
    "cron",
    default=None,
    help="Six fields, seconds first; @daily, @every 1h.",
)
@pipeline_option
@click.option("-x", "--experiment-name", "experiment", default=None, help="Experiment of the runs.")
@namespace_option
@param_option
@click.pass_obj
def schedule(
    env: str,
    cron: Optional[str],
    pipeline: str,
    experiment: Optional[str],
    namespace: Optional[str],
    params: tuple[str, ...],
) -> None:
    """Make a recurring run of the latest uploaded version of a pipeline."""
    from kedro_kubeflow import submission

    target = submission.find_target(Path.cwd(), env, os.environ, pipeline, params)
    plan = submission.plan_schedule(target, pipeline, cron, experiment, params)
    made = target.client(os.environ, namespace).schedule(plan)
    replaced = f", in the place of {len(made.replaced)} of that name" if made.replaced else ""
    click.echo(f"Recurring run {made.name!r} made for {plan.cron}{replaced}: {made.link}")


@click.command("list-pipelines")
@click.option("--all", "every", is_flag=True, help="Those of other projects too.")
@json_option
@click.pass_obj
def list_pipelines(env: str, every: bool, as_json: bool) -> None:
    """List this project's pipelines on the server."""
    from kedro_kubeflow import submission

    if as_json:
        keep_logs_off_stdout()
    target = submission.find_target(Path.cwd(), env, os.environ)
    found = [
        item
        for item in target.client(os.environ).list_pipelines()
        if every or submission.belongs_to(target.project, item.name)
    ]
    if as_json:
        click.echo(json.dumps([_plain(item) for item in found]))
        return
    for item in found:
        click.echo(f"{item.name}\n  {item.link}")
    if not found:
        others = "" if every else " of this project (--all lists those of others)"
        click.echo(f"There are no pipelines{others} on the server.")


@click.command("ui")
@click.pass_obj
def ui(env: str) -> None:
    """Open Kubeflow Pipelines in the browser, or print its address where there is none."""
    import webbrowser

    from kedro_kubeflow import submission

    home = submission.find_target(Path.cwd(), env, os.environ).client(os.environ).links.home
    # Without a display, webbrowser would start a text browser in this very terminal.
    display = sys.platform in ("darwin", "win32") or any(
        map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"))
    )
    opened = bool(display) and webbrowser.open(home)
    click.echo(f"{'Opened' if opened else 'Open'} {home}")


@click.command("status")
@click.argument("run")
@json_option
@click.pass_obj
def status(env: str, run: str, as_json: bool) -> None:
    """Show the state of a run (its id, or a link to it) and of its steps."""
    from kedro_kubeflow import submission
    from kedro_kubeflow.watching import snapshot_json, status_lines

    if as_json:
        keep_logs_off_stdout()
    snapshot = submission.find_target(Path.cwd(), env, os.environ).client(os.environ).status(run)
    click.echo(
        json.dumps(snapshot_json(snapshot)) if as_json else "\n".join(status_lines(snapshot))
    )


@click.command("logs")
@click.argument("run")
@click.argument("step")
@click.option("-f", "--follow", is_flag=True, help="Go on until the step ends.")
@click.pass_obj
def logs(env: str, run: str, step: str, follow: bool) -> None:
    """Print the log of a run's step, through Kubernetes."""
    from kedro_kubeflow import submission

    client = submission.find_target(Path.cwd(), env, os.environ).client(os.environ)
    for line in client.logs(run, step, follow=follow):
        click.echo(line)


@click.command("retry")
@click.argument("run")
@wait_options
@click.pass_context
def retry(ctx: click.Context, run: str, wait: bool, timeout: int) -> None:
    """Run the failed steps of a run again."""
    from kedro_kubeflow import submission

    client = submission.find_target(Path.cwd(), ctx.obj, os.environ).client(os.environ)
    snapshot = client.retry(run)
    click.echo(f"Run {snapshot.name!r} goes on: {snapshot.link}")
    if wait:
        _wait(ctx, client, snapshot.run_id, timeout, as_json=False)


@click.command("terminate")
@click.argument("run")
@click.pass_obj
def terminate(env: str, run: str) -> None:
    """End a run."""
    from kedro_kubeflow import submission

    snapshot = submission.find_target(Path.cwd(), env, os.environ).client(os.environ).terminate(run)
    click.echo(f"Run {snapshot.name!r} is being ended: {snapshot.link}")


def _wait(ctx: click.Context, client: Any, run_id: str, timeout: int, as_json: bool) -> None:
    """Shows a run until its end and exits with 0 only if it was a good one."""
    from kedro_kubeflow.watching import show_run, snapshot_json

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
        click.echo(f"Run {last.name!r} has not ended within {timeout} s and goes on: {link}")
    else:
        why = f": {last.explanation}" if last.explanation else ""
        click.echo(f"Run {last.name!r} ended as {last.status}{why}\n{link}")
    ctx.exit(0 if last.succeeded else 1)


def _plain(found: Any) -> dict[str, Any]:
    import dataclasses

    return dataclasses.asdict(found)


COMMANDS = (
    run_once,
    upload_pipeline,
    schedule,
    list_pipelines,
    ui,
    status,
    logs,
    retry,
    terminate,
)
