"""Runs ``python -m kedro`` in a fork of a process that has its libraries loaded already.

A test that types a command waits some seconds for Python to import kfp, kubernetes and what Kedro stands on, and there
are hundreds. The fork server of the standard library imports them once for each process of pytest, see
:mod:`forked_child`; Kedro's framework, the plugin's commands and the project are imported by each command anew, with
its own environment variables, folder and output. What depends on how Python itself is started is not run this way: see
:func:`takes`.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from multiprocessing.forkserver import ensure_running
from pathlib import Path

import forked_child
import pytest


def takes(environ: Mapping[str, str]) -> bool:
    """Tells whether a command with these variables can be forked: not if Python reads one of them at its start."""
    return all(
        os.environ.get(name) == value
        for name, value in environ.items()
        if name.startswith(("PYTHON", "LC_")) or name == "LANG"
    )


def run(
    arguments: Sequence[str], cwd: Path, environ: Mapping[str, str], timeout: float
) -> subprocess.CompletedProcess[str]:
    """Runs ``python -m kedro`` to its end.

    Args:
        arguments: what follows ``kedro``.
        cwd: the folder it is run in.
        environ: all of its environment variables.
        timeout: seconds after which it is killed.

    Raises:
        subprocess.TimeoutExpired: it was.
    """
    with tempfile.TemporaryDirectory() as folder:
        outputs = [Path(folder) / name for name in ("stdout", "stderr")]
        process = _context().Process(
            target=forked_child.become_kedro,
            args=(list(arguments), str(cwd), dict(environ), *map(str, outputs), _fresh_path()),
        )
        process.start()
        process.join(timeout)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise subprocess.TimeoutExpired(["kedro", *arguments], timeout)
        texts = [path.read_text(encoding="utf-8") for path in outputs]
        return subprocess.CompletedProcess(["kedro", *arguments], process.exitcode, *texts)


@cache
def _context() -> multiprocessing.context.ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([forked_child.__name__])
    # Some Pythons do not tell the server where the modules are, and it ignores what it cannot import.
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
        ensure_running()
    return context


@cache
def _fresh_path() -> list[str]:
    """What ``sys.path`` has after its first item in a Python that knows nothing of pytest."""
    command = [sys.executable, "-c", "import json, sys; print(json.dumps(sys.path[1:]))"]
    found: list[str] = json.loads(
        subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    )
    return found
