"""What the fork server of :mod:`forked_kedro` imports before it forks the first command, and what a fork does.

Not ``kedro.framework`` and MLflow: they read environment variables and the working directory when they are imported.
A module that is missing, as kfp is beside the base dependencies alone, is left to the command to miss.
"""

from __future__ import annotations

import contextlib
import importlib
import inspect
import os
import runpy
import sys

for name in (
    "click",
    "cloudpickle",
    "cookiecutter.main",
    "dynaconf",
    "fsspec",
    "git",
    "google.auth.transport.requests",
    "importlib_metadata",
    "jinja2",
    "kedro.config",
    "kedro.io",
    "kedro.pipeline",
    "kfp",
    "kfp.compiler",
    "kubernetes",
    "more_itertools",
    "omegaconf",
    "requests",
    "rich.console",
    "rich.logging",
    "rich.pretty",
    "rich.traceback",
    "yaml",
    "kedro_kubeflow.compiler",
):
    with contextlib.suppress(ImportError):
        importlib.import_module(name)

# Dynaconf asks for the stack while Kedro reads the settings. The first time, inspect looks up the file of each module
# there is; from here on it remembers them.
inspect.stack()


def become_kedro(
    arguments: list[str],
    cwd: str,
    environ: dict[str, str],
    stdout: str,
    stderr: str,
    path: list[str],
) -> None:
    """Runs ``python -m kedro`` in this process.

    Args:
        arguments: what follows ``kedro``.
        cwd: the folder it is run in.
        environ: all of its environment variables.
        stdout: path of the file that gets its standard output.
        stderr: path of the file that gets its standard error.
        path: ``sys.path`` without the first item.
    """
    os.environ.clear()
    os.environ.update(environ)
    os.chdir(cwd)
    sys.path[:] = [cwd, *path]
    sys.argv = ["kedro", *arguments]
    for number, target in ((1, stdout), (2, stderr)):
        opened = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", 1, encoding="utf-8", errors="backslashreplace", closefd=False)
    runpy.run_module("kedro", run_name="__main__", alter_sys=True)
