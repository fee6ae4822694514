"""The demo stops where something fails, and says so; tox's environment `demo` runs it to its end."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

kedro_starters = pytest.importorskip("kedro.framework.cli.starters")
if not hasattr(kedro_starters, "KedroStarterSpec"):
    pytest.skip("Kedro reads the entry points kedro.starters from 0.18.5", allow_module_level=True)


def run_demo(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(Path(__file__).with_name("demo.py")), str(folder)],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
        timeout=300,
    )


def test_demo_ends_with_the_first_command_that_fails(tmp_path: Path) -> None:
    finished = run_demo(tmp_path, KEDRO_ENV="nowhere")

    assert finished.returncode != 0
    assert "$ kedro new --starter=kubeflow-spaceflights" in finished.stdout
    assert "$ kedro kubeflow compile" in finished.stdout
    assert "nowhere" in finished.stdout
    assert "$ kedro kubeflow run-local" not in finished.stdout


def test_demo_overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / "shuttle-prices").mkdir()

    finished = run_demo(tmp_path)

    assert finished.returncode != 0
    assert f"{tmp_path / 'shuttle-prices'} is there already" in finished.stdout
    assert "$ kedro" not in finished.stdout
