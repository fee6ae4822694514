"""Computes the positions of boxes and the paths of the edges between them.

The same input gives the same output, to the last digit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kedro_kubeflow.graph.ordering import Order, order_rows
from kedro_kubeflow.graph.picture import levels_of
from kedro_kubeflow.graph.placing import place_points
from kedro_kubeflow.graph.rows import Rows, make_rows

_LEAST_GAP = 40.0
_MOST_GAP = 120.0
_STEEPNESS = 0.06
"""Height that a gap between rows gets for each unit that an edge goes sideways in it."""


@dataclass(frozen=True)
class Place:
    """The position of a box; ``x`` and ``y`` are its upper left corner."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Layout:
    """The positions of everything.

    Attributes:
        places: of the boxes, in the order given.
        routes: for each edge, in the order given, the points it goes through: out of a box, straight through each row
            that it passes, with a bend in each gap between rows, into a box.
        width: of the whole.
        height: of the whole.
    """

    places: tuple[Place, ...]
    routes: tuple[tuple[tuple[float, float], ...], ...]
    width: float
    height: float


def lay_out(sizes: Sequence[tuple[float, float]], edges: Sequence[tuple[int, int]]) -> Layout:
    """Arranges boxes in rows, from top to bottom.

    Args:
        sizes: width and height that each box takes at least; those of a row become equally high.
        edges: pairs of indices, the upper box first; without cycles.
    """
    rows = make_rows(levels_of(len(sizes), edges), edges)
    order = order_rows(rows)
    widths = [size[0] for size in sizes] + [0.0] * (len(rows.row_of) - len(sizes))
    for twins in rows.twins:
        widest = max(widths[step] for step in twins)
        for step in twins:
            widths[step] = widest
    middles = [round(middle, 1) for middle in place_points(rows, order, widths)]
    tops, heights = _heights(rows, order, sizes, middles)
    places = tuple(
        Place(round(middles[step] - width / 2, 1), tops[row], width, heights[row])
        for step, (row, width) in enumerate(zip(rows.row_of[: rows.steps], widths))
    )
    routes = []
    for way in rows.ways:
        points = []
        for point in way:
            row = rows.row_of[point]
            points += [(middles[point], tops[row]), (middles[point], tops[row] + heights[row])]
        routes.append(tuple(points[1:-1]))
    right = max((middle + width / 2 for middle, width in zip(middles, widths)), default=0.0)
    bottom = tops[-1] + heights[-1] if tops else 0.0
    return Layout(places, tuple(routes), round(right, 1), bottom)


def _heights(
    rows: Rows, order: Order, sizes: Sequence[tuple[float, float]], middles: Sequence[float]
) -> tuple[list[float], list[float]]:
    """Returns the upper edge and the height of each row."""
    heights = [
        max((sizes[point][1] for point in points if point < rows.steps), default=0.0)
        for points in order
    ]
    tops, top = [], 0.0
    for points, height in zip(order, heights):
        tops.append(top)
        sideways = max(
            (abs(middles[a] - middles[b]) for a in points for b in rows.below[a]), default=0.0
        )
        top += height + round(min(_MOST_GAP, _LEAST_GAP + sideways * _STEEPNESS))
    return tops, heights
