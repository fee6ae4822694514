"""Workflows of both plugins in, their bytes for each node and the nodes that Argo has room for out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.environments import Environment, Environments
from benchmarks.measuring import run_once
from benchmarks.status import LIMIT, compressed_status, whole_bytes
from benchmarks.table import Figure, Row
from benchmarks.workflows import compact_json, compile_command

OURS, EXISTING = "ours.yml", "existing.yml"
MORE_PARAMETERS = 20


@dataclass(frozen=True)
class Size:
    """A workflow's bytes: itself as compact JSON, and its compressed status at the end."""

    spec: float
    status: float


def workflow_size(environment: Environment, workflow: Path) -> Size:
    """Gives the bytes of a workflow in a YAML file."""
    text = compact_json(environment, workflow)
    return Size(len(text.encode()), compressed_status(json.loads(text)))


def measure_sizes(
    environments: Environments,
    projects: Mapping[int, Path],
    more_parameters: Mapping[int, Path],
    at_target: Path,
) -> tuple[Row, Row]:
    """Compares workflows' bytes; none of this depends on the machine.

    Args:
        environments: the three.
        projects: by number of nodes, compiled to ``ours.yml`` and ``existing.yml`` in them.
        more_parameters: two of them once more, with 20 parameters more; not yet compiled.
        at_target: the project with as many nodes as the target wants to run; not yet compiled.

    Returns:
        The rows of the bytes for each node, and of the nodes that there is room for.
    """
    for project in more_parameters.values():
        run_once(compile_command(environments.ours, project, OURS))
        run_once(compile_command(environments.existing, project, EXISTING))
    run_once(compile_command(environments.ours, at_target, OURS))

    def sizes(paths: Mapping[int, Path], name: str) -> dict[int, Size]:
        return {n: workflow_size(environments.ours, path / name) for n, path in paths.items()}

    ours, existing = sizes(projects, OURS), sizes(projects, EXISTING)
    further = {}
    for name, known in ((OURS, ours), (EXISTING, existing)):
        before = {nodes: known[nodes] for nodes in more_parameters}
        after = sizes(more_parameters, name)
        further[name] = (_slope(after).spec - _slope(before).spec) / MORE_PARAMETERS
    target = workflow_size(environments.ours, at_target / OURS)
    by_nodes = {"ours": ours, "existing": existing}
    figures = (
        Figure("20 parameters", _slope(ours).spec, 600, existing=_slope(existing).spec, digits=0),
        Figure("for a further parameter", further[OURS], 0, existing=further[EXISTING], digits=1),
    )
    room = Figure("", _room(ours), 1400, at_least=True, existing=_room(existing), digits=0)
    return (
        Row(
            "bytes of workflow for each node, as compact JSON",
            figures,
            {
                name: {str(nodes): asdict(size) for nodes, size in found.items()}
                for name, found in by_nodes.items()
            },
        ),
        Row(
            "nodes that run within 1 MiB, workflow and compressed status together",
            (room,),
            {
                "at the target": {
                    **asdict(target),
                    "whole": whole_bytes(target.spec, target.status),
                },
                "status bytes for each node": _slope(ours).status,
            },
        ),
    )


def _slope(sizes: Mapping[int, Size]) -> Size:
    """Gives what a further node adds, between the two largest."""
    *_, middle, largest = sorted(sizes)
    more = largest - middle
    return Size(
        (sizes[largest].spec - sizes[middle].spec) / more,
        (sizes[largest].status - sizes[middle].status) / more,
    )


def _room(sizes: Mapping[int, Size]) -> int:
    """Gives the nodes that fill the limit, along the line through the two largest workflows."""
    slope = _slope(sizes)
    largest = max(sizes)
    whole = whole_bytes(sizes[largest].spec, sizes[largest].status)
    return int(largest + (LIMIT - whole) / (slope.spec + slope.status))
