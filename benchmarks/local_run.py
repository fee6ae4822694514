"""A project of trivial steps in, its run by ``run-local`` beside the same commands in a shell out."""

from __future__ import annotations

import json
import os
import shlex
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.environments import Environments
from benchmarks.measuring import Command, measure_in_turn, run_once
from benchmarks.startup import samples_of
from benchmarks.table import Figure, Row
from benchmarks.workflows import compact_json, compile_command, step_commands

AT_ONCE = 2


def measure_local_run(environments: Environments, project: Path, rounds: int) -> Row:
    """Compares ``run-local`` with ``xargs`` over the commands of the steps, as many at once.

    It is time elapsed that counts here, on two cores.
    """
    run_once(compile_command(environments.ours, project, "pipeline.yml"))
    workflow = json.loads(compact_json(environments.ours, project / "pipeline.yml"))
    steps = step_commands(workflow, environments.ours, project)
    script = project / "all-steps.sh"
    script.write_text(_xargs(project, list(steps.values())), encoding="utf-8")
    local = (environments.ours.kedro, "kubeflow", "run-local")
    shutil.rmtree(project / ".kedro-kubeflow", ignore_errors=True)
    with two_cores():
        taken = measure_in_turn(
            {"xargs": Command(("sh", str(script)), project), "run-local": Command(local, project)},
            rounds,
        )
    figure = Figure("", taken["run-local"].wall / taken["xargs"].wall, 1.10)
    return Row(
        f"`run-local` of {len(steps)} steps on 2 cores against `xargs -P2`",
        (figure,),
        {"commands": samples_of(taken)},
    )


@contextmanager
def two_cores() -> Iterator[None]:
    """Keeps this process and its children to two cores: ``run-local`` runs as many steps at once as it has cores."""
    if not hasattr(os, "sched_getaffinity"):
        yield
        return
    usable = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(usable)[:AT_ONCE])
    try:
        yield
    finally:
        os.sched_setaffinity(0, usable)


def _xargs(project: Path, steps: list[Command]) -> str:
    """Writes each step's command to a file, and gives the script that runs them all."""
    folder = project / "steps"
    folder.mkdir(exist_ok=True)
    for number, step in enumerate(steps):
        variables = [f"{name}={value}" for name, value in step.environ.items()]
        words = shlex.join(["exec", "env", *variables, *step.words])
        (folder / f"{number:03d}.sh").write_text(words + "\n", encoding="utf-8")
    return f"ls {shlex.quote(str(folder))}/*.sh | xargs -P{AT_ONCE} -n1 sh\n"
