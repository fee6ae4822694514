"""Environments and a project of one trivial node in, what starting and one step cost out."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.environments import Environments
from benchmarks.measuring import Command, Measured, measure_in_turn, run_once
from benchmarks.table import Figure, Row
from benchmarks.workflows import compact_json, compile_command, step_commands


def measure_plugin_overhead(environments: Environments, project: Path, rounds: int) -> Row:
    """Compares two commands of Kedro's own with the plugin and without."""
    figures = []
    measured = {}
    for words in (("--version",), ("run",)):
        taken = measure_in_turn(
            {
                "without": Command((environments.without.kedro, *words), project),
                "ours": Command((environments.ours.kedro, *words), project),
                "existing": Command((environments.existing.kedro, *words), project),
            },
            rounds,
        )
        figures.append(
            Figure(
                f"kedro {words[0]}",
                taken["ours"].cpu / taken["without"].cpu,
                1.03,
                existing=taken["existing"].cpu / taken["without"].cpu,
            )
        )
        measured[words[0]] = samples_of(taken)
    return Row("Kedro's own commands, with the plugin against without", tuple(figures), measured)


def measure_help(environments: Environments, project: Path, rounds: int) -> Row:
    """Compares the plugin's help with Kedro's version."""
    taken = measure_in_turn(
        {
            "version": Command((environments.ours.kedro, "--version"), project),
            "help": Command((environments.ours.kedro, "kubeflow", "--help"), project),
            "existing version": Command((environments.existing.kedro, "--version"), project),
            "existing help": Command((environments.existing.kedro, "kubeflow", "--help"), project),
        },
        rounds,
    )
    figure = Figure(
        "",
        taken["help"].cpu / taken["version"].cpu,
        1.10,
        existing=taken["existing help"].cpu / taken["existing version"].cpu,
    )
    return Row(
        "`kedro kubeflow --help` against `kedro --version`",
        (figure,),
        {"commands": samples_of(taken)},
    )


def measure_step(environments: Environments, project: Path, rounds: int) -> Row:
    """Compares a step as a pod runs it with ``kedro run`` of its node where no plugin is installed."""
    run_once(compile_command(environments.ours, project, "pipeline.yml"))
    workflow = json.loads(compact_json(environments.ours, project / "pipeline.yml"))
    (step,) = step_commands(workflow, environments.ours, project).values()
    run = (environments.without.kedro, "run", "--nodes", "node_0000")
    taken = measure_in_turn({"run": Command(run, project), "step": step}, rounds)
    figure = Figure("", taken["step"].cpu / taken["run"].cpu, 1.05)
    return Row(
        "a step in a pod against `kedro run` of its node without the plugin",
        (figure,),
        {"commands": samples_of(taken)},
    )


def samples_of(taken: dict[str, Measured]) -> dict[str, list[tuple[float, float, int]]]:
    """Gives every sample: seconds of processor time, seconds elapsed, bytes."""
    return {
        name: [(sample.cpu, sample.wall, sample.peak) for sample in measured.samples]
        for name, measured in taken.items()
    }
