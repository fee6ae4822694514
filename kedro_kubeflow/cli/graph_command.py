"""The command ``graph``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Optional

import click

from kedro_kubeflow.cli.options import (
    image_option,
    keep_logs_off_stdout,
    pipeline_option,
    refuse_what_is_compiled,
    workflow_option,
)
from kedro_kubeflow.graph import list_formats


@click.command("graph")
@pipeline_option
@image_option
@click.option(
    "-o",
    "--output",
    default="pipeline.svg",
    show_default=True,
    help=f"File or URL to write to: {list_formats()}; - writes SVG to standard output.",
)
@workflow_option("Draw")
@click.pass_context
def graph_command(
    ctx: click.Context,
    pipeline: str,
    image: Optional[str],
    output: str,
    workflow_file: Optional[Path],
) -> None:
    """Draw the compiled workflow of a pipeline."""
    from kedro_kubeflow.argo import read_workflow
    from kedro_kubeflow.graph import count_steps, draw, picture_suffix, read_picture
    from kedro_kubeflow.whole_files import check_target, write_text

    suffix = picture_suffix(output)
    if output == "-":
        keep_logs_off_stdout()
    else:
        check_target(output, "pipeline.svg")
    if workflow_file is None:
        workflow, node_counts = _compiled(ctx.obj, pipeline, image)
        picture = read_picture(workflow, node_counts)
    else:
        refuse_what_is_compiled(ctx, image, "draws")
        picture = read_picture(read_workflow(workflow_file))
    text = draw(picture, suffix)
    if output == "-":
        click.echo(text, nl=False)
        return
    write_text(text, output, "the picture")
    click.echo(f"Picture written to {output}: {count_steps(picture)}")


def _compiled(env: str, pipeline: str, image: Optional[str]) -> tuple[Any, dict[str, int]]:
    """Compiles a pipeline, and counts the nodes of each pipeline that a step may run as a whole."""
    from kedro_kubeflow.compiler import compile_pipeline

    compiled = compile_pipeline(Path.cwd(), env, pipeline, image, os.environ)
    names = sorted({pod.pipeline for pod in compiled.plan.pods if pod.pipeline})
    return compiled.workflow, {name: len(compiled.project.pipeline(name).nodes) for name in names}


COMMANDS = (graph_command,)
