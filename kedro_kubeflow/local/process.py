"""Runs a command with its children until it ends or is stopped."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Optional


class StepProcess:
    """A command in a session of its own, as a container has.

    :meth:`run_command` is called by one thread and once; the rest may be called by any thread, before,
    while and after it runs. When the command ends, what it left running in its session ends too.
    """

    def __init__(self) -> None:
        """Nothing runs yet."""
        self._lock = threading.Lock()
        self._process: Optional[subprocess.Popen[bytes]] = None
        self._reason: Optional[str] = None
        self._reaped = False

    @property
    def stop_reason(self) -> Optional[str]:
        """Why it was stopped; None if it was not."""
        return self._reason

    def run_command(
        self,
        arguments: Sequence[str],
        *,
        cwd: Path,
        environment: Mapping[str, str],
        log: IO[bytes],
    ) -> Optional[int]:
        """Run the command to its end.

        Args:
            arguments: the command and its arguments; no shell sees them.
            cwd: its working directory.
            environment: all its variables.
            log: open for writing; gets both its standard output and its standard error.

        Returns:
            Its exit code, 128 and the signal's number when a signal ended it, as a container
            reports it; None if it was stopped before its end.

        Raises:
            OSError: it could not be started.
            ValueError: an argument or variable holds a null character, or is not a string.
        """
        with self._lock:
            if self._reason is not None:
                return None
            self._process = subprocess.Popen(
                list(arguments),
                cwd=cwd,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        pid = self._process.pid
        _wait_unreaped(self._process)
        with self._lock:
            _signal_group(pid, signal.SIGKILL)
            code = self._process.wait()
            self._reaped = True
            stopped = self._reason is not None
        if stopped:
            return None
        return code if code >= 0 else 128 - code

    def stop(self, reason: str) -> None:
        """Ask the command and its children to end, or keep it from starting."""
        self._send(signal.SIGTERM, reason)

    def kill(self, reason: str) -> None:
        """End the command and its children at once, or keep it from starting."""
        self._send(signal.SIGKILL, reason)

    def _send(self, number: signal.Signals, reason: str) -> None:
        with self._lock:
            self._reason = self._reason or reason
            if self._process is not None and not self._reaped:
                _signal_group(self._process.pid, number)


def _wait_unreaped(process: subprocess.Popen[bytes]) -> None:
    # While the ended process is not reaped its number cannot be given to another one, so that the
    # signal to what is left of its group cannot reach a stranger.
    if hasattr(os, "waitid"):
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    else:  # macOS before Python 3.13
        process.wait()


def _signal_group(group: int, number: signal.Signals) -> None:
    # PermissionError is how macOS says that only zombies are left.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
