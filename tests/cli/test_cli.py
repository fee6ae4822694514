"""The commands as a group: what is there, and how it helps."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from kedro_kubeflow.cli import kubeflow

CONTEXT = click.Context(kubeflow)
VISIBLE = {
    *("init", "compile", "run-local", "run-once", "upload-pipeline", "schedule", "list-pipelines"),
    *("check", "graph", "schema", "ui", "status", "logs", "retry", "terminate"),
}


HIDDEN = {"run-step", "volume-init", "mlflow-start", "mlflow-end", "wait-for-run"}


def command_of(name: str) -> click.Command:
    command = kubeflow.get_command(CONTEXT, name)
    assert command is not None, name
    return command


def test_the_commands_that_are_shown() -> None:
    names = kubeflow.list_commands(CONTEXT)
    assert {name for name in names if not command_of(name).hidden} == VISIBLE
    assert {name for name in names if command_of(name).hidden} == HIDDEN
    # None is in a module, and missing in the list of the modules' commands.
    assert names == sorted(kubeflow.commands)


@pytest.mark.parametrize("option", ["-h", "--help"])
@pytest.mark.parametrize("name", ["", *sorted(VISIBLE)])
def test_both_words_for_help(name: str, option: str) -> None:
    command = command_of(name) if name else kubeflow
    # What kedro-telemetry does to all commands before any of them runs.
    command.get_help_option(click.Context(command))
    result = CliRunner().invoke(kubeflow, [*([name] if name else []), option])
    assert result.exit_code == 0
    assert "-h, --help" in result.output


def test_a_misspelt_command() -> None:
    result = CliRunner().invoke(kubeflow, ["run_once"])
    assert result.exit_code == 2
    assert "No such command 'run_once'. Did you mean 'run-once'?" in result.output
    assert "Did you mean" not in CliRunner().invoke(kubeflow, ["xyz"]).output
