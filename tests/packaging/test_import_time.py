"""What Kedro loads for every one of its commands, in every pod too, stays light."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable

import kedro.framework.cli.starters
import pytest

from projects import Project

HEAVY = {"google", "kfp", "kubernetes", "mlflow", "pandas", "requests", "sklearn"}

# What compiling takes, and a step in a pod does not.
COMPILING = {
    *(
        "kedro_kubeflow.config.run_config",
        "kedro_kubeflow.compiler.plan",
        "kedro_kubeflow.cli.run_commands",
    ),
    *("kfp", "kubernetes", "pydantic", "pydantic.v1"),
}

# Kedro comes first: what it brings (requests, on some versions) is not ours.
IMPORT_LAST = """
import importlib, sys

*kedro, ours = sys.argv[1:]
for module in kedro:
    importlib.import_module(module)
before = set(sys.modules)
importlib.import_module(ours)
print(*sorted(set(sys.modules) - before))
"""


def newly_loaded(*modules: str) -> set[str]:
    """Modules that importing the last one adds to those of the others."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", IMPORT_LAST, *modules],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    # Some versions of Kedro log to stdout while they are imported.
    return set(done.stdout.splitlines()[-1].split())


def test_the_commands_import_nothing_heavy() -> None:
    new = newly_loaded("kedro.framework.cli", "kedro_kubeflow.cli")

    assert {name for name in new if name.startswith("kedro_kubeflow")} == {
        "kedro_kubeflow",
        "kedro_kubeflow.cli",
    }
    assert not new & HEAVY


def test_a_step_imports_nothing_of_what_compiles(project: Callable[..., Project]) -> None:
    made = project()
    words = ("run-step", "--pipeline", "__default__", "--nodes", '["split"]')

    by_step = imported(made.kubeflow(*words, PYTHONPROFILEIMPORTTIME="1"))
    # Other plugins, such as kedro-viz, bring what they need.
    by_kedro = imported(made.kedro("run", "--to-nodes=split", PYTHONPROFILEIMPORTTIME="1"))

    assert "kedro_kubeflow.pod.run_step" in by_step
    assert not (by_step - by_kedro) & COMPILING


def imported(done: subprocess.CompletedProcess[str]) -> set[str]:
    return set(re.findall(r"^import time:.*\| +(\S+)$", done.stderr, re.MULTILINE))


ALL_COMMANDS = """
import sys

import click

from kedro_kubeflow.cli import kubeflow

context = click.Context(kubeflow)
for name in kubeflow.list_commands(context):
    kubeflow.get_command(context, name).get_short_help_str()
print(*sorted(name for name in sys.modules if name.startswith("kedro_kubeflow")))
"""


def test_the_help_of_all_commands_imports_the_command_line_alone() -> None:
    """Kedro's telemetry asks each command of each plugin for its options, whichever command is run."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", ALL_COMMANDS],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    modules = {name.partition(".")[2] for name in done.stdout.splitlines()[-1].split()} - {""}
    light = {"cli", "commands", "errors", "graph", "graph.drawing", "lazy_names", "local"}
    assert {name for name in modules if not name.startswith("cli.")} <= light


@pytest.mark.skipif(
    not hasattr(kedro.framework.cli.starters, "KedroStarterSpec"),
    reason="Kedro takes starters from plugins since 0.18.5",
)
def test_the_starters_import_nothing_heavy() -> None:
    new = newly_loaded("kedro.framework.cli.starters", "kedro_kubeflow.scaffold.starters")

    assert "kedro_kubeflow" in new
    assert not new & HEAVY


def test_a_heavy_import_would_be_seen() -> None:
    assert newly_loaded("kedro.framework.cli", "kfp") >= {"kfp", "kubernetes"}
