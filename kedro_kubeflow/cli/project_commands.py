"""Commands that need a project and no server."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Optional

import click

from kedro_kubeflow.cli.options import (
    counted,
    image_option,
    keep_logs_off_stdout,
    param_option,
    pipeline_option,
    refuse_what_is_compiled,
    workflow_option,
)
from kedro_kubeflow.local import RUNNERS


@click.command("init")
@click.argument("url")
@click.option(
    "--with-github-actions",
    is_flag=True,
    help="Also write GitHub workflows that build, run, upload and schedule; an existing kubeflow.yaml is kept.",
)
@click.option("--force", is_flag=True, help="Overwrite existing files.")
@click.pass_obj
def init(env: str, url: str, with_github_actions: bool, force: bool) -> None:
    """Write conf/base/kubeflow.yaml for the server at URL."""
    from kedro_kubeflow.scaffold.init_files import write_project_files

    done = write_project_files(Path.cwd(), env, url, force, with_github_actions, os.environ)
    for path in done.written:
        click.echo(f"Written: {path}")
    if done.kept:
        click.echo(f"Not changed: {done.kept} (--force overwrites it)")
    click.echo("Next:")
    for sentence in done.advice:
        click.echo(f"- {sentence}")


@click.command("compile")
@pipeline_option
@image_option
@click.option(
    "-o",
    "--output",
    default="pipeline.yml",
    show_default=True,
    help="File or URL (gs://, s3://…) to write to; - for standard output.",
)
@click.pass_obj
def compile_command(env: str, pipeline: str, image: Optional[str], output: str) -> None:
    """Compile a pipeline to an Argo workflow."""
    from kedro_kubeflow.argo import workflow_yaml
    from kedro_kubeflow.compiler import compile_pipeline
    from kedro_kubeflow.whole_files import check_target, write_text

    if output == "-":
        keep_logs_off_stdout()
        compiled = compile_pipeline(Path.cwd(), env, pipeline, image, os.environ)
        click.echo(workflow_yaml(compiled.workflow), nl=False)
        return
    check_target(output, "pipeline.yml")
    compiled = compile_pipeline(Path.cwd(), env, pipeline, image, os.environ)
    size = write_text(workflow_yaml(compiled.workflow), output, "the workflow")
    plan = compiled.plan
    click.echo(
        f"Workflow written to {output}: {counted(len(plan.steps), 'step')}, "
        f"{counted(len(plan.parameters), 'parameter')}, {size:,} bytes"
    )


@click.command("schema")
@click.option(
    "-o",
    "--output",
    default="-",
    show_default=True,
    help="File or URL (gs://, s3://…) to write to; - for standard output.",
)
def schema(output: str) -> None:
    """Print the JSON schema of kubeflow.yaml, for editors."""
    import json

    from kedro_kubeflow.config import read_schema
    from kedro_kubeflow.whole_files import check_target, write_text

    text = json.dumps(read_schema(), indent=1, ensure_ascii=False)
    if output == "-":
        click.echo(text)
        return
    check_target(output, "kubeflow.schema.json")
    write_text(f"{text}\n", output, "the schema")
    click.echo(f"Schema written to {output}")


@click.command("run-local")
@pipeline_option
@image_option
@param_option
@workflow_option("Run")
@click.option(
    "-o",
    "--output-folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    help="Folder for logs, volume and artifacts (default: a new one below .kedro-kubeflow/runs).",
)
@click.option(
    "--runner",
    type=click.Choice(tuple(RUNNERS)),
    default="process",
    show_default=True,
    help="What runs the steps: "
    + "; ".join(f"{name}: {runner.description}" for name, runner in RUNNERS.items())
    + ".",
)
@click.option(
    "--pass-env",
    "pass_env",
    multiple=True,
    metavar="NAME",
    help="Environment variable to pass to containers, too. May be repeated.",
)
@click.pass_context
def run_local(
    ctx: click.Context,
    pipeline: str,
    image: Optional[str],
    params: tuple[str, ...],
    workflow_file: Optional[Path],
    output_folder: Optional[Path],
    runner: str,
    pass_env: tuple[str, ...],
) -> None:
    """Compile a pipeline and run the workflow on this machine."""
    if workflow_file is not None:
        refuse_what_is_compiled(ctx, image, "runs")
    from kedro_kubeflow.commands.run_local import prepare_local_run, tidy_runs
    from kedro_kubeflow.local import choose_reporter, run_workflow

    run = prepare_local_run(
        Path.cwd(), ctx.obj, pipeline, image, params, workflow_file, output_folder, os.environ
    )
    try:
        result = run_workflow(
            run.workflow,
            project_path=run.project_path,
            run_folder=run.run_folder,
            parameters=run.parameters,
            environ=os.environ,
            reporter=choose_reporter(sys.stdout, os.environ),
            runner=runner,
            pass_env=pass_env,
        )
    except KeyboardInterrupt:
        click.echo(
            f"Interrupted: the steps that were running have been stopped. Logs: {run.run_folder / 'logs'}"
        )
        ctx.exit(130)
    finally:
        tidy_runs(run)
    for folder in result.volume_folders:
        click.echo(f"Volume:    {folder}")
    if result.artifacts_folder.is_dir():
        click.echo(f"Artifacts: {result.artifacts_folder}")
    click.echo(f"Logs:      {result.logs_folder}")
    ctx.exit(0 if result.succeeded else 1)


COMMANDS = (init, compile_command, run_local, schema)
