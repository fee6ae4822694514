"""Finds the container engine that answers to docker or podman."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Any, Optional

from kedro_kubeflow.errors import LocalRunError

DOCKER = "docker"
PODMAN = "podman"

_ANSWER_SECONDS = 30.0

# Where a fixed text says which engine answers: podman is also installed under the name docker.
_PODMAN_VERSION = "podman"


@dataclass(frozen=True)
class Engine:
    """A program that speaks Docker's command line.

    Attributes:
        name: docker or podman, as it is called here.
        program: its absolute path.
        is_podman: whether it is Podman, whatever it is called.
        environ: the environment of the caller, in which it finds its daemon and configuration.
    """

    name: str
    program: str
    is_podman: bool
    environ: Mapping[str, str]

    def ask(
        self, *arguments: str, seconds: Optional[float] = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a command of the engine to its end.

        Args:
            arguments: what follows its name.
            seconds: how long at most.

        Raises:
            OSError: it could not be started.
            subprocess.TimeoutExpired: it took longer.
        """
        return subprocess.run(
            [self.program, *arguments],
            env=dict(self.environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=seconds,
            check=False,
            # Ctrl-C at a terminal goes to all that run there, and must not cut this short.
            start_new_session=True,
        )

    def begin(self, *arguments: str, output: Optional[IO[bytes]]) -> subprocess.Popen[bytes]:
        """Start a command of the engine that Ctrl-C at a terminal does not reach.

        Args:
            arguments: what follows its name.
            output: for its standard output and error; None to drop them.

        Raises:
            OSError: it could not be started.
        """
        target: Any = subprocess.DEVNULL if output is None else output
        return subprocess.Popen(
            [self.program, *arguments],
            env=dict(self.environ),
            stdin=subprocess.DEVNULL,
            stdout=target,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def find_engine(wanted: str, environ: Mapping[str, str]) -> tuple[Engine, tuple[str, ...]]:
    """Find an engine that answers.

    Args:
        wanted: docker, for Docker or else Podman; or podman.
        environ: the environment of the caller.

    Returns:
        The engine, and why the one before it is not taken where there is one.

    Raises:
        LocalRunError: none answers.
    """
    refusals: list[str] = []
    found: list[str] = []
    for name in (DOCKER, PODMAN) if wanted == DOCKER else (PODMAN,):
        program = shutil.which(name, path=environ.get("PATH") or os.defpath)
        if program is None:
            refusals.append(f"{name} is not on the PATH")
            continue
        try:
            engine = _open_engine(name, os.path.abspath(program), environ)
        except LocalRunError as err:
            refusals.append(str(err))
            found.append(str(err))
            continue
        return engine, tuple(found)
    raise LocalRunError(
        f"no container engine is available: {'; '.join(refusals)}. Install or start one, or run "
        "the steps as processes, without --runner"
    )


def last_line(text: str) -> str:
    """The last line of what an engine wrote that is not empty: where it says what is wrong."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it gave no reason"


def _open_engine(name: str, program: str, environ: Mapping[str, str]) -> Engine:
    engine = Engine(name, program, False, environ)
    try:
        version = engine.ask("--version", seconds=_ANSWER_SECONDS)
        # Of Docker it asks the daemon, of Podman the store of containers.
        answer = engine.ask("ps", "--quiet", seconds=_ANSWER_SECONDS)
    except OSError as err:
        raise LocalRunError(f"{name} ({program}) cannot be started: {err}") from err
    except subprocess.TimeoutExpired as err:
        raise LocalRunError(f"{name} did not answer within {_ANSWER_SECONDS:.0f} s") from err
    if answer.returncode:
        raise LocalRunError(f"{name} does not answer: {last_line(answer.stderr)}")
    return Engine(name, program, _PODMAN_VERSION in version.stdout.lower(), environ)
