"""Runs one attempt in a container: creates it, runs it to its end, reads its state and removes it."""

from __future__ import annotations

import contextlib
import itertools
import json
import logging
import os
import posixpath
import shlex
import signal
import subprocess
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Callable, Optional

from kedro_kubeflow.errors import LocalRunError
from kedro_kubeflow.local.containers.arguments import LABEL, Bind, create_arguments
from kedro_kubeflow.local.containers.engine import Engine, last_line
from kedro_kubeflow.local.executor import Attempt, CannotStartError, Ended
from kedro_kubeflow.local.pod_folder import PodSite, mounted_folder, pod_folder, working_dir
from kedro_kubeflow.local.step_environment import command_line, container_variables
from kedro_kubeflow.local.volumes import read_mounts

logger = logging.getLogger(__name__)

_NO_SUCH_FILE = ("could not find", "could not be found", "no such file")
_LOG_END_BYTES = 4096


@dataclass(frozen=True)
class ContainerSettings:
    """What all containers of a run share.

    Attributes:
        engine: what runs them.
        token: a word that no other run has, for their names.
        passed: names of variables of the caller that are handed on.
        give_back: makes the files in a folder the caller's.
    """

    engine: Engine
    token: str
    passed: Sequence[str]
    give_back: Callable[[Path], None]


class ContainerExecution:
    """One attempt as a container; see :class:`~kedro_kubeflow.local.executor.Execution`."""

    def __init__(self, settings: ContainerSettings) -> None:
        """Nothing runs yet.

        Args:
            settings: what all containers of the run share.
        """
        self._settings = settings
        self._engine = settings.engine
        self._lock = threading.Lock()
        self._reason: Optional[str] = None
        # Between the start of the container and its end; signals go nowhere else.
        self._running: Optional[str] = None
        self._signals: dict[signal.Signals, subprocess.Popen[bytes]] = {}

    @property
    def stop_reason(self) -> Optional[str]:
        """Why it was stopped; None if it was not."""
        return self._reason

    def describe(self, attempt: Attempt, place: PodSite) -> str:
        """The image and the command, for the head of the log."""
        container = attempt.body["container"]
        return f"{self._engine.name}: {container['image']}: {shlex.join(_command(attempt, place))}"

    @contextlib.contextmanager
    def run(self, attempt: Attempt, place: PodSite, log: IO[bytes]) -> Iterator[Ended]:
        """Run the template's container, and have it until the context is left."""
        with pod_folder(place, attempt.pod) as pod:
            try:
                with self._created(attempt, place, pod) as container:
                    yield self._ended(attempt, container, pod, log)
            finally:
                self._settings.give_back(pod)

    def stop(self, reason: str) -> None:
        """Ask the container to end, or keep it from starting."""
        self._send(signal.SIGTERM, reason)

    def kill(self, reason: str) -> None:
        """End the container at once, or keep it from starting."""
        self._send(signal.SIGKILL, reason)

    def _send(self, number: signal.Signals, reason: str) -> None:
        with self._lock:
            self._reason = self._reason or reason
            on_its_way = self._signals.get(number)
            if self._running is None or (on_its_way and on_its_way.poll() is None):
                return
            # Not waited for: the caller has other containers to stop.
            self._signals[number] = self._engine.begin(
                "kill", "--signal", number.name[len("SIG") :], self._running, output=None
            )

    @contextlib.contextmanager
    def _created(self, attempt: Attempt, place: PodSite, pod: Path) -> Iterator[str]:
        arguments = create_arguments(
            attempt.body,
            where=attempt.where,
            command=_command(attempt, place),
            variables=container_variables(attempt.body["container"], place.environ),
            caller=place.environ,
            passed=self._settings.passed,
            binds=_binds(attempt, place, pod),
        )
        name = f"{attempt.pod}-{self._settings.token}"
        label = f"{LABEL}={place.run_folder}"
        made = self._engine.ask("create", "--name", name, "--label", label, *arguments)
        if made.returncode:
            raise LocalRunError(
                f"{self._engine.name} could not create the container: {last_line(made.stderr)}"
            )
        try:
            yield name
        finally:
            removed = self._engine.ask("rm", "--force", "--volumes", name)
            if removed.returncode:
                logger.warning(
                    "The container %s could not be removed: %s", name, last_line(removed.stderr)
                )

    def _ended(self, attempt: Attempt, container: str, pod: Path, log: IO[bytes]) -> Ended:
        numbers = itertools.count()

        def locate(path: str) -> Path:
            full = posixpath.normpath(posixpath.join(working_dir(attempt.body), path))
            return self._copy_out(container, full, pod / f"output-{next(numbers)}")

        state = self._run_started(container, log)
        if state is None:
            return Ended(None, lambda path: pod / "never-started")
        if self._reason is not None:
            return Ended(None, locate)
        if state.get("Status") in ("created", "configured", "initialized"):
            # Docker keeps the reason, Podman writes it.
            reason = state.get("Error") or last_line(_end_of(log))
            program = _program(attempt)
            raise CannotStartError(f"cannot start {program!r} in its container: {reason}")
        reason = "OOMKilled" if state.get("OOMKilled") is True else "Error"
        return Ended(int(state.get("ExitCode") or 0), locate, reason)

    def _run_started(self, container: str, log: IO[bytes]) -> Optional[dict[str, Any]]:
        """Runs the container to its end; gives its state, None where it was not started."""
        with self._lock:
            if self._reason is not None:
                return None
            client = self._engine.begin("start", "--attach", container, output=log)
            self._running = container
        try:
            client.wait()
            state = self._state(container)
            if state.get("Running") is True:
                # The connection broke; the container did not.
                log.write(b"\n=== the rest of the output was lost ===\n")
                log.flush()
                self._engine.ask("wait", container)
                state = self._state(container)
        finally:
            with self._lock:
                self._running = None
            for sent in self._signals.values():
                sent.wait()
        return state

    def _state(self, container: str) -> dict[str, Any]:
        asked = self._engine.ask("container", "inspect", "--format", "{{json .State}}", container)
        try:
            state = json.loads(asked.stdout)
        except ValueError:
            state = None
        if asked.returncode or not isinstance(state, dict):
            raise LocalRunError(
                f"{self._engine.name} does not report the state of the container: "
                f"{last_line(asked.stderr)}"
            )
        return state

    def _copy_out(self, container: str, path: str, target: Path) -> Path:
        # Podman follows a link by itself.
        follow = () if self._engine.is_podman else ("--follow-link",)
        copied = self._engine.ask("cp", *follow, f"{container}:{path}", str(target))
        if copied.returncode and not any(text in copied.stderr.lower() for text in _NO_SUCH_FILE):
            raise LocalRunError(
                f"{path} could not be copied from the container: {last_line(copied.stderr)}"
            )
        if target.is_symlink():
            # It leads somewhere in the container, not on this machine.
            target.unlink()
        return target


def _binds(attempt: Attempt, place: PodSite, pod: Path) -> list[Bind]:
    mounts, _ = read_mounts(attempt.body, attempt.volumes, attempt.where)
    binds = []
    for mount in mounts:
        if mount.in_memory:
            binds.append(Bind(mount.path, None, mount.read_only))
            continue
        folder = mounted_folder(mount, place, pod, attempt.where)
        _open_to_all_users(folder, place)
        binds.append(Bind(mount.path, folder, mount.read_only))
    return binds


def _open_to_all_users(folder: Path, place: PodSite) -> None:
    # The user of a container is another one than the caller. Nobody else gets to the folder: the
    # one above it is the caller's alone.
    for path, mode in ((place.volumes_folder, 0o700), (folder, 0o777)):
        with contextlib.suppress(FileNotFoundError, PermissionError):
            os.chmod(path, mode)


def _command(attempt: Attempt, place: PodSite) -> list[str]:
    container = attempt.body["container"]
    return command_line(container, container_variables(container, place.environ))


def _program(attempt: Attempt) -> str:
    return str(attempt.body["container"]["command"][0])


def _end_of(log: IO[bytes]) -> str:
    with open(log.name, "rb") as reading:
        end = reading.seek(0, os.SEEK_END)
        reading.seek(max(0, end - _LOG_END_BYTES))
        return reading.read().decode("utf-8", errors="replace")
