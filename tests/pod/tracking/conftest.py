"""A real MLflow server on loopback, for all tests here; they need kedro-mlflow (tox factor mlflow)."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from mlflow_server import MlflowServer, free_port

collect_ignore_glob = [] if find_spec("kedro_mlflow") else ["test_*.py"]


@pytest.fixture(scope="session")
def mlflow_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MlflowServer]:
    """The server as ``mlflow server`` starts it, with a database and artifacts of its own."""
    folder = tmp_path_factory.mktemp("mlflow")
    port = free_port()
    log = (folder / "log").open("wb")
    process = subprocess.Popen(
        [
            *(str(Path(sys.executable).with_name("mlflow")), "server"),
            *("--host", "127.0.0.1", "--port", str(port)),
            *("--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--serve-artifacts"),
            *("--artifacts-destination", str(folder / "artifacts"), "--workers", "1"),
        ],
        cwd=folder,
        stdout=log,
        stderr=subprocess.STDOUT,
        # A session of its own, which ends as a whole: the server is several processes.
        start_new_session=True,
        env={**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true", "PATH": _path()},
    )
    try:
        _wait_for(f"http://127.0.0.1:{port}/health", process, folder / "log")
        yield MlflowServer(f"http://127.0.0.1:{port}")
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        log.close()


def _path() -> str:
    """Puts this interpreter's scripts first: MLflow starts gunicorn by its name."""
    return os.pathsep.join((os.path.dirname(sys.executable), os.environ.get("PATH", os.defpath)))


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):
        if process.poll() is not None:
            break
        try:
            with urlopen(url, timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    raise AssertionError(f"no MLflow server at {url}:\n{log.read_text(errors='replace')}")
