"""Environments and projects in, what compiling them takes out, in time and memory."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.environments import Environments
from benchmarks.measuring import Command, measure_in_turn
from benchmarks.startup import samples_of
from benchmarks.table import Figure, Row
from benchmarks.workflows import SCRIPTS, compile_command


def floor_command(environments: Environments, project: Path) -> Command:
    """Gives the command that does what no compilation can do without; no plugin is installed there."""
    return Command((environments.without.python, str(SCRIPTS / "floor.py")), project)


def measure_spaceflights(environments: Environments, project: Path, rounds: int) -> Row:
    """Compares compiling the starter's project with the floor."""
    taken = measure_in_turn(
        {
            "floor": floor_command(environments, project),
            "compile": compile_command(environments.ours, project, "pipeline.yml"),
        },
        rounds,
    )
    figure = Figure("", taken["compile"].cpu / taken["floor"].cpu, 1.15)
    return Row(
        "`compile` of spaceflights against the floor", (figure,), {"commands": samples_of(taken)}
    )


def measure_compilation(
    environments: Environments, projects: Mapping[int, Path], rounds: int
) -> tuple[Row, Row]:
    """Compares compiling projects of many nodes with the existing plugin.

    Args:
        environments: the three.
        projects: by number of nodes; the workflows are left in them.
        rounds: runs of each.

    Returns:
        The rows of time, less the floor's, and of memory.
    """
    measured: dict[str, Any] = {}
    times, memory = [], []
    ours: dict[int, float] = {}
    for nodes, project in projects.items():
        taken = measure_in_turn(
            {
                "floor": floor_command(environments, project),
                "ours": compile_command(environments.ours, project, "ours.yml"),
                "existing": compile_command(environments.existing, project, "existing.yml"),
            },
            rounds,
        )
        measured[str(nodes)] = samples_of(taken)
        floor = taken["floor"].cpu
        ours[nodes] = taken["ours"].cpu - floor
        label = f"{nodes:,} nodes"
        times.append(Figure(label, ours[nodes] / (taken["existing"].cpu - floor), 0.20))
        memory.append(Figure(label, taken["ours"].peak / taken["existing"].peak, 1.0))
    *_, middle, largest = sorted(ours)
    growth = (ours[largest] - ours[middle]) / (largest - middle) / (ours[middle] / middle)
    # Linear: a further node costs what each did before; noise, and what is paid once, are allowed for.
    times.append(Figure("a further node against the average one before", growth, 1.15))
    return (
        Row("`compile` less the floor, against the existing plugin's", tuple(times), measured),
        Row("peak memory of `compile` against the existing plugin's", tuple(memory)),
    )
