"""The command ``check``."""

from __future__ import annotations

import json
import os
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Optional

import click

from kedro_kubeflow.cli.options import (
    counted,
    image_option,
    json_option,
    keep_logs_off_stdout,
    pipeline_option,
)

if TYPE_CHECKING:
    from kedro_kubeflow.checks import Report
    from kedro_kubeflow.findings import Finding

COLOURS = {"error": "red", "warning": "yellow", "info": "blue"}


@click.command("check")
@pipeline_option
@image_option
@json_option
@click.option("--strict", is_flag=True, help="Fail on warnings too, for instance in CI.")
@click.pass_context
def check(
    ctx: click.Context, pipeline: str, image: Optional[str], as_json: bool, strict: bool
) -> None:
    """Report what would go wrong in the cluster."""
    from kedro_kubeflow.checks import check_pipeline

    if as_json:
        keep_logs_off_stdout()
    report = check_pipeline(Path.cwd(), ctx.obj, pipeline, image, os.environ)
    if as_json:
        click.echo(
            json.dumps([_as_json(item) for item in report.findings], ensure_ascii=False, indent=2)
        )
    else:
        for finding in report.findings:
            click.echo(
                f"{click.style(f'{finding.level:8}', COLOURS[finding.level])} {finding.place}"
            )
            click.echo(textwrap.indent(finding.message, " " * 9))
        click.echo(_summary(report))
    errors, warnings = report.at("error"), report.at("warning")
    ctx.exit(errors[0].raises.exit_code if errors else int(strict and bool(warnings)))


def _as_json(finding: Finding) -> dict[str, str]:
    return {
        "level": finding.level,
        "code": finding.code,
        "where": finding.place,
        "message": finding.message,
    }


def _summary(report: Report) -> str:
    counts = [(len(report.at(level)), level) for level in ("error", "warning")]
    parts = [counted(count, level) for count, level in counts if count]
    if parts or report.compiled is None:
        return ", ".join(parts)
    plan = report.compiled.plan
    steps, parameters = len(plan.steps), len(plan.parameters)
    return f"Nothing found: {counted(steps, 'step')}, {counted(parameters, 'parameter')}"


COMMANDS = (check,)
