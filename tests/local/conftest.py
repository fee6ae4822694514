"""A small project, and a function that runs workflows in it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Callable, Optional

import pytest
from local_workflows import RecordingReporter

from kedro_kubeflow.local import RunResult, run_workflow

ENVIRON = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/tmp", "LANG": "C.UTF-8"}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with configuration and data, as a Kedro project has them."""
    folder = tmp_path / "a project"
    (folder / "conf" / "base").mkdir(parents=True)
    (folder / "conf" / "base" / "parameters.yml").write_text("alpha: 0.2\n")
    (folder / "data" / "01_raw").mkdir(parents=True)
    (folder / "data" / "01_raw" / "cars.csv").write_text("a,b\n1,2\n")
    return folder


@pytest.fixture
def reporter() -> RecordingReporter:
    return RecordingReporter()


@pytest.fixture
def run_folder(tmp_path: Path) -> Path:
    return tmp_path / "run"


@pytest.fixture
def run(project: Path, run_folder: Path, reporter: RecordingReporter) -> Callable[..., RunResult]:
    """Runs a workflow with two workers and an environment of three variables."""

    def run_it(
        workflow: Mapping[str, Any],
        *,
        workers: Optional[int] = 2,
        environ: Optional[Mapping[str, str]] = None,
        parameters: Optional[Mapping[str, str]] = None,
    ) -> RunResult:
        result = run_workflow(
            workflow,
            project_path=project,
            run_folder=run_folder,
            parameters=parameters or {},
            workers=workers,
            environ={**ENVIRON, **(environ or {})},
            reporter=reporter,
        )
        assert reporter.closed == 1
        assert not (run_folder / "pods").exists(), "a copy of the project was left behind"
        return result

    return run_it
