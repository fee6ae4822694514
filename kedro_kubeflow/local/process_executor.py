"""Runs the command of an attempt as a process in a copy of the project, which represents the image."""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from kedro_kubeflow.local.executor import Attempt, CannotStartError, Ended
from kedro_kubeflow.local.outputs import host_path
from kedro_kubeflow.local.pod_folder import PodSite, fresh_project, working_dir
from kedro_kubeflow.local.preflight import find_left_out
from kedro_kubeflow.local.process import StepProcess
from kedro_kubeflow.local.step_environment import (
    command_line,
    container_variables,
    process_environment,
)
from kedro_kubeflow.local.step_graph import GraphNode


class ProcessExecution(StepProcess):
    """One attempt as a process; see :class:`~kedro_kubeflow.local.executor.Execution`."""

    def describe(self, attempt: Attempt, place: PodSite) -> str:
        """The command, for the head of the log."""
        return shlex.join(_arguments(attempt, place))

    @contextlib.contextmanager
    def run(self, attempt: Attempt, place: PodSite, log: IO[bytes]) -> Iterator[Ended]:
        """Run the command in a fresh copy of the project."""
        arguments = _arguments(attempt, place)
        variables = container_variables(attempt.body["container"], place.environ)
        with fresh_project(
            place,
            attempt.pod,
            attempt.body,
            attempt.volumes,
            where=attempt.where,
            stopped=lambda: self.stop_reason is not None,
        ) as project:
            environment = process_environment(variables, place.environ, str(project))
            try:
                code = self.run_command(arguments, cwd=project, environment=environment, log=log)
            except (OSError, ValueError) as err:
                raise CannotStartError(f"cannot start {arguments[0]!r}: {err}") from err

            def locate(path: str) -> Path:
                return host_path(path, working_dir(attempt.body), project)

            yield Ended(code, locate)


class ProcessExecutor:
    """Steps as processes; see :class:`~kedro_kubeflow.local.executor.Executor`."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        """Start nothing yet.

        Args:
            environ: the environment of the caller.
        """
        self._environ = environ

    def prepare(
        self, steps: Iterable[tuple[str, GraphNode]], spec: Mapping[str, Any]
    ) -> tuple[str, ...]:
        """Tell what is left out of the steps."""
        return find_left_out(steps, spec, self._environ)

    def execution(self) -> ProcessExecution:
        """One that has not begun."""
        return ProcessExecution()

    def finish(self, place: PodSite) -> None:
        """Do nothing: processes of the caller leave files of the caller."""


def _arguments(attempt: Attempt, place: PodSite) -> list[str]:
    container = attempt.body["container"]
    return command_line(container, container_variables(container, place.environ))
