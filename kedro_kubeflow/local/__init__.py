"""Runs a compiled Argo workflow on this machine.

Each container step is a process in a copy of the Kedro project of its own, or a container of its
image, as each pod has a file system of its own: between steps nothing passes but what the workflow
itself passes, through volumes, output parameters, or storage outside the project.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Optional

from kedro_kubeflow.errors import LocalRunError
from kedro_kubeflow.lazy_names import lazy_names

if TYPE_CHECKING:
    from kedro_kubeflow.local.executor import Executor
    from kedro_kubeflow.local.reporter_choice import choose_reporter
    from kedro_kubeflow.local.reporting import PlainReporter, Reporter
    from kedro_kubeflow.local.result import RunResult, StepInfo, StepResult

__all__ = [
    "RUNNERS",
    "PlainReporter",
    "Reporter",
    "RunResult",
    "StepInfo",
    "StepResult",
    "choose_reporter",
    "run_workflow",
]

__getattr__ = lazy_names(
    __name__,
    {
        "reporter_choice": ("choose_reporter",),
        "reporting": ("PlainReporter", "Reporter"),
        "result": ("RunResult", "StepInfo", "StepResult"),
    },
)


@dataclass(frozen=True)
class Runner:
    """What may run the steps.

    Attributes:
        description: for the help of the command line.
        make: creates its executor, from the runner's name, the caller's environment and the names of variables that
            containers get.
    """

    description: str
    make: Callable[[str, Mapping[str, str], Sequence[str]], Executor]


def _processes(_name: str, environ: Mapping[str, str], _pass_env: Sequence[str]) -> Executor:
    from kedro_kubeflow.local.process_executor import ProcessExecutor

    return ProcessExecutor(environ)


def _containers(name: str, environ: Mapping[str, str], pass_env: Sequence[str]) -> Executor:
    from kedro_kubeflow.local.containers.container_executor import ContainerExecutor

    return ContainerExecutor(name, environ, pass_env)


PROCESS = "process"
RUNNERS: Mapping[str, Runner] = {
    PROCESS: Runner("processes in copies of the project", _processes),
    "docker": Runner("containers of the steps' images, with Docker or else Podman", _containers),
    "podman": Runner("the same with Podman", _containers),
}
_NO_PARAMETERS: Mapping[str, str] = MappingProxyType({})


def run_workflow(
    workflow: Mapping[str, Any],
    *,
    project_path: Path,
    run_folder: Path,
    parameters: Mapping[str, str] = _NO_PARAMETERS,
    workers: Optional[int] = None,
    environ: Mapping[str, str],
    reporter: Reporter,
    runner: str = PROCESS,
    pass_env: Sequence[str] = (),
) -> RunResult:
    """Run a compiled workflow on this machine.

    Args:
        workflow: what ``yaml.safe_load`` makes of it; of kind Workflow, with templates of type
            container, dag and resource (persistent volume claims).
        project_path: the folder of the Kedro project; steps get copies of it, and never see it.
        run_folder: gets the folders ``logs``, ``volumes``, ``artifacts``, and ``pods`` while steps
            run. It is made where it is not there.
        parameters: values that override the workflow's own, by name.
        workers: how many steps there may be at once; by default as many as the cores that this
            process may use. The workflow's own ``parallelism`` can lower it.
        environ: the environment that represents the image's if steps are processes; names that begin with
            ``KEDRO_KUBEFLOW_``, ``KEDRO_CONFIG_``, ``KUBEFLOW_``, and ``KEDRO_ENV``, do not reach
            the steps.
        reporter: receives every change, and is closed at the end in any case.
        runner: one of :data:`RUNNERS`.
        pass_env: names of variables of ``environ`` that containers get beside what the workflow
            says; processes get all of them anyway.

    Returns:
        The result; a failed workflow is one too.

    Raises:
        LocalRunError: the workflow cannot be run here, a parameter is unknown, or nothing runs
            containers; nothing started.
        KeyboardInterrupt: SIGINT, SIGTERM or SIGHUP came; all steps have ended, their copies of
            the project and their containers are gone, their logs are there.
    """
    # Here, so that naming this package costs little: all Kedro commands load the command line.
    from kedro_kubeflow.local.runner import run

    return run(
        workflow,
        project_path=project_path,
        run_folder=run_folder,
        parameters=parameters,
        workers=workers,
        environ=environ,
        reporter=reporter,
        make_executor=partial(_make_executor, runner, tuple(pass_env)),
    )


def _make_executor(runner: str, pass_env: Sequence[str], environ: Mapping[str, str]) -> Executor:
    if runner not in RUNNERS:
        raise LocalRunError(f"runner {runner!r}: it is not one of {', '.join(RUNNERS)}")
    return RUNNERS[runner].make(runner, environ, pass_env)
