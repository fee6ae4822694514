"""What the page about ``check`` shows is what it prints for the starter's project, with the changes that it names."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import kedro
import pytest
import yaml
from page_commands import Shown, fences, shown_commands

from projects import Project

kedro_starters = pytest.importorskip("kedro.framework.cli.starters")
if not hasattr(kedro_starters, "KedroStarterSpec"):
    pytest.skip("Kedro reads the entry points kedro.starters from 0.18.5", allow_module_level=True)
pytest.importorskip("pandas")
pytest.importorskip("kedro_datasets")

PAGE = "check.md"
FILE = "conf/base/kubeflow.yaml"


@pytest.fixture
def starter(tmp_path: Path) -> Project:
    """The starter's project as it comes."""
    subprocess.run(
        [sys.executable, "-m", "kedro", "new", "--starter=kubeflow-spaceflights"],
        check=True,
        cwd=tmp_path,
        env={
            **os.environ,
            # cookiecutter and kedro-telemetry leave files at home.
            "HOME": str(tmp_path),
            "DO_NOT_TRACK": "1",
            "KEDRO_DISABLE_TELEMETRY": "1",
            # Kedro 0.19 asks the network for this where it is unset, whatever the starter.
            "KEDRO_STARTERS_VERSION": kedro.__version__,
        },
        input="Moon Taxi\n",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=300,
    )
    return Project(tmp_path / "moon-taxi", {})


def change(project: Project, block: str) -> None:
    """Puts the keys of a block below ``run_config`` in the place of the project's own, as the page says."""
    config = yaml.safe_load((project.path / FILE).read_text(encoding="utf-8"))
    config["run_config"].update(yaml.safe_load(block)["run_config"])
    project.write(FILE, config)


def findings_in(printed: str) -> list[str]:
    """Gives what ``check`` itself prints: Kedro's log comes before the first finding, on the same stream."""
    lines = printed.splitlines()
    first = next(
        number for number, line in enumerate(lines) if re.match(r"(error|warning|info) ", line)
    )
    return lines[first:]


def test_each_output_is_what_is_printed_after_the_changes_before_it(starter: Project) -> None:
    blocks, commands = fences(PAGE, "yaml"), shown_commands(PAGE)
    assert len(blocks) == len(commands) == 2

    for block, shown in zip(blocks, commands):
        change(starter, block)
        words = shown.command.split()
        assert words[:3] == ["kedro", "kubeflow", "check"]
        process = starter.kubeflow(*words[2:], check=False)
        printed = findings_in(process.stdout)

        assert list(wanted(shown)) == printed[-len(wanted(shown)) :]
        # Beyond an ellipsis, which only the first line may be, nothing is left out.
        assert shown.output[0] == "…" or list(shown.output) == printed
        assert process.returncode == (2 if "error" in shown.output[0] else 0)


def wanted(shown: Shown) -> tuple[str, ...]:
    """Gives the lines that must come last, one after the other."""
    return shown.output[1:] if shown.output[0] == "…" else shown.output
