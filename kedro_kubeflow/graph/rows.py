"""Sorts steps into rows, and leads each edge through the rows between its ends.

A row holds steps of one level, so that it shows the earliest moment at which they run. Only steps that differ in
nothing but their names, all with the same edges, fill several rows where one would be too wide to read.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

Edge = tuple[int, int]

_WIDEST = 10
"""Steps with the same edges that still share a row."""


@dataclass(frozen=True)
class Rows:
    """Steps and bends in rows. Bends are points where a long edge passes a row; they count on from the steps.

    Attributes:
        steps: how many of the points are steps; they come first.
        row_of: row of each point.
        above: for each point its neighbours in the row above.
        below: for each point its neighbours in the row below.
        ways: for each edge, in the order given, the points from its source to its target, one in each row.
        twins: steps that share all their edges and several rows.
    """

    steps: int
    row_of: tuple[int, ...]
    above: tuple[tuple[int, ...], ...]
    below: tuple[tuple[int, ...], ...]
    ways: tuple[tuple[int, ...], ...]
    twins: tuple[tuple[int, ...], ...]


def make_rows(levels: Sequence[int], edges: Sequence[Edge]) -> Rows:
    """Sorts steps into rows, and leads edges through the rows between.

    Edges that pass a row share their bends with others of the same source, or of the same target, whichever are more:
    one line that branches reads better than many side by side, and there are fewer bends to place.

    Args:
        levels: of the steps.
        edges: sources and targets.
    """
    twins = _twins(levels, edges)
    row_of = _wrap(levels, twins)
    long = [(source, target) for source, target in edges if row_of[target] - row_of[source] > 1]
    leaving: dict[int, int] = defaultdict(int)
    arriving: dict[int, int] = defaultdict(int)
    for source, target in long:
        leaving[source] += 1
        arriving[target] += 1
    bends: dict[tuple[int, int, int], int] = {}
    ways = []
    for source, target in edges:
        bent = [source]
        # A bend is shared by all of one side: 0 for the source's, 1 for the target's.
        key = (0, source) if leaving[source] >= arriving[target] else (1, target)
        for row in range(row_of[source] + 1, row_of[target]):
            place = (*key, row)
            if place not in bends:
                bends[place] = len(row_of)
                row_of.append(row)
            bent.append(bends[place])
        ways.append((*bent, target))
    above: list[set[int]] = [set() for _ in row_of]
    below: list[set[int]] = [set() for _ in row_of]
    for way in ways:
        for upper, lower in zip(way, way[1:]):
            below[upper].add(lower)
            above[lower].add(upper)
    return Rows(
        steps=len(levels),
        row_of=tuple(row_of),
        above=tuple(tuple(sorted(points)) for points in above),
        below=tuple(tuple(sorted(points)) for points in below),
        ways=tuple(ways),
        twins=twins,
    )


def _twins(levels: Sequence[int], edges: Sequence[Edge]) -> tuple[tuple[int, ...], ...]:
    """Returns the sets of steps that have the same edges and are too many for a row."""
    neighbours: list[tuple[list[int], list[int]]] = [([], []) for _ in levels]
    for source, target in edges:
        neighbours[source][1].append(target)
        neighbours[target][0].append(source)
    alike: dict[tuple[tuple[int, ...], tuple[int, ...]], list[int]] = defaultdict(list)
    for step, (before, after) in enumerate(neighbours):
        alike[tuple(sorted(before)), tuple(sorted(after))].append(step)
    return tuple(tuple(steps) for steps in alike.values() if len(steps) > _WIDEST)


def _wrap(levels: Sequence[int], twins: Sequence[Sequence[int]]) -> list[int]:
    offset = [0] * len(levels)
    heights = [1] * (max(levels, default=0) + 1)
    for steps in twins:
        # About twice as many to the right as downwards: boxes are wider than high, and so are screens.
        rows = math.ceil(len(steps) / min(16, max(6, math.isqrt(2 * len(steps)))))
        for place, step in enumerate(steps):
            offset[step] = place * rows // len(steps)
        level = levels[steps[0]]
        heights[level] = max(heights[level], rows)
    first = [sum(heights[:level]) for level in range(len(heights))]
    return [first[level] + offset[step] for step, level in enumerate(levels)]
