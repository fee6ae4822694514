"""Commands that upload, schedule and list pipelines on a Kubeflow Pipelines server."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Optional

import click

from kedro_kubeflow.cli.options import (
    image_option,
    json_option,
    keep_logs_off_stdout,
    namespace_option,
    param_option,
    pipeline_option,
    plain,
)


@click.command("upload-pipeline")
@pipeline_option
@image_option
@click.option("--force", is_flag=True, help="Upload even if nothing has changed.")
@json_option
@click.pass_obj
def upload_pipeline(
    env: str, pipeline: str, image: Optional[str], force: bool, as_json: bool
) -> None:
    """Upload a pipeline or a new version of it."""
    from kedro_kubeflow.commands import submission
    from kedro_kubeflow.compiler import compile_pipeline

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
        click.echo(json.dumps(plain(uploaded)))
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
    help="Cron expression with six fields, seconds first; or @daily, @every 1h.",
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
    """Create a recurring run of the latest version."""
    from kedro_kubeflow.commands import submission

    target = submission.find_target(Path.cwd(), env, os.environ, pipeline, params)
    plan = submission.plan_schedule(target, pipeline, cron, experiment, params)
    made = target.client(os.environ, namespace).schedule(plan)
    replaced = f", replacing {len(made.replaced)} of that name" if made.replaced else ""
    click.echo(f"Recurring run {made.name!r} created for {plan.cron}{replaced}: {made.link}")


@click.command("list-pipelines")
@click.option("--all", "every", is_flag=True, help="Include pipelines of other projects.")
@json_option
@click.pass_obj
def list_pipelines(env: str, every: bool, as_json: bool) -> None:
    """List this project's pipelines on the server."""
    from kedro_kubeflow.commands import submission

    if as_json:
        keep_logs_off_stdout()
    target = submission.find_target(Path.cwd(), env, os.environ)
    found = [
        item
        for item in target.client(os.environ).list_pipelines()
        if every or submission.belongs_to(target.project, item.name)
    ]
    if as_json:
        click.echo(json.dumps([plain(item) for item in found]))
        return
    for item in found:
        click.echo(f"{item.name}\n  {item.link}")
    if not found:
        others = "" if every else " of this project (--all lists those of others)"
        click.echo(f"There are no pipelines{others} on the server.")


@click.command("ui")
@click.pass_obj
def ui(env: str) -> None:
    """Open Kubeflow Pipelines in the browser."""
    import webbrowser

    from kedro_kubeflow.commands import submission

    home = submission.find_target(Path.cwd(), env, os.environ).client(os.environ).links.home
    # Without a display, webbrowser would start a text browser in this very terminal.
    display = sys.platform in ("darwin", "win32") or any(
        map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"))
    )
    opened = bool(display) and webbrowser.open(home)
    click.echo(f"{'Opened' if opened else 'Open'} {home}")


COMMANDS = (upload_pipeline, schedule, list_pipelines, ui)
