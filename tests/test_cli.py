"""The commands as a group: what is there, and how it helps."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from kedro_kubeflow.cli import kubeflow

VISIBLE = {
    *("init", "compile", "run-local", "run-once", "upload-pipeline", "schedule", "list-pipelines"),
    *("check", "graph", "ui", "status", "logs", "retry", "terminate"),
}


def test_the_commands_that_are_shown() -> None:
    shown = {name for name, command in kubeflow.commands.items() if not command.hidden}
    assert shown == VISIBLE
    assert set(kubeflow.commands) - shown == {
        "run-step",
        "volume-init",
        "mlflow-start",
        "mlflow-end",
        "wait-for-run",
    }


@pytest.mark.parametrize("option", ["-h", "--help"])
@pytest.mark.parametrize("name", ["", *sorted(VISIBLE)])
def test_both_words_for_help(name: str, option: str) -> None:
    command = kubeflow.commands[name] if name else kubeflow
    # What kedro-telemetry does to all commands before any of them runs.
    command.get_help_option(click.Context(command))
    result = CliRunner().invoke(kubeflow, [*([name] if name else []), option])
    assert result.exit_code == 0
    assert "-h, --help" in result.output
