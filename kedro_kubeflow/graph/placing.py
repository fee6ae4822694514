"""Places the points of ordered rows from left to right."""

from __future__ import annotations

from collections.abc import Sequence

from kedro_kubeflow.graph.ordering import Order
from kedro_kubeflow.graph.rows import Rows

STEP_GAP = 28.0
BEND_GAP = 14.0
"""Room beside an edge that passes between two steps, or two edges."""

_MOST_SWEEPS = 40
_FEWEST_SWEEPS = 10
_WORK = 20_000
"""Points times sweeps, about: what is small can be made tidier."""

_BEND_WEIGHT = 2.0
_STRAIGHT_WEIGHT = 64.0
"""How much more than a step a bend is drawn to its neighbours, and to another bend."""


def place_points(rows: Rows, order: Order, widths: Sequence[float]) -> list[float]:
    """Places the points of all rows.

    Args:
        rows: with their edges.
        order: of the points in each row.
        widths: of all points, 0 for bends.

    Returns:
        The middle of each point; the leftmost step or bend begins at 0.
    """
    middles = [0.0] * len(widths)
    for points in order:
        reached = 0.0
        for before, point in zip([None, *points], points):
            reached += _distance(before, point, rows, widths) if before is not None else 0.0
            middles[point] = reached
        for point in points:
            middles[point] -= reached / 2
    above, below = _columns(rows)
    sweeps = max(_FEWEST_SWEEPS, min(_MOST_SWEEPS, _WORK // max(1, len(widths))))
    for sweep in reversed(range(sweeps)):
        upwards = (
            sweep % 2 == 0
        )  # the last one too: a step looks best above the middle of its followers
        for points in reversed(order) if upwards else order:
            _place_row(points, rows, widths, middles, below if upwards else above)
    left = min((middle - width / 2 for middle, width in zip(middles, widths)), default=0.0)
    return [middle - left for middle in middles]


def _columns(rows: Rows) -> tuple[list[tuple[int, ...]], list[tuple[int, ...]]]:
    """Gives, for each point, those above and below that it is drawn to."""
    above, below = list(rows.above), list(rows.below)
    for side in (above, below):
        for bend in range(rows.steps, len(side)):
            # A line that branches goes on straight, wherever its branches go.
            side[bend] = tuple(point for point in side[bend] if point >= rows.steps) or side[bend]
    for twins in rows.twins:
        lines: dict[int, list[int]] = {}
        for step in twins:
            lines.setdefault(rows.row_of[step], []).append(step)
        for row, steps in lines.items():
            for upper, lower in zip(steps, lines.get(row + 1, ())):
                below[upper], above[lower] = (lower,), (upper,)
    return above, below


def _place_row(
    points: Sequence[int],
    rows: Rows,
    widths: Sequence[float],
    middles: list[float],
    neighbours: Sequence[Sequence[int]],
) -> None:
    """Places a row by its neighbours on one side, and points without neighbours there by their position."""
    wishes, weights, offsets = [], [], []
    offset = 0.0
    for index, point in enumerate(points):
        if index:
            offset += _distance(points[index - 1], point, rows, widths)
        others = neighbours[point]
        wish = sum(middles[other] for other in others) / len(others) if others else middles[point]
        wishes.append(wish - offset)
        weights.append(_weight(point, others, rows))
        offsets.append(offset)
    for point, start, offset in zip(points, _rising(wishes, weights), offsets):
        middles[point] = start + offset


def _weight(point: int, others: Sequence[int], rows: Rows) -> float:
    if not others:
        return 0.1  # it has no wish but to stay
    if point >= rows.steps:
        return _STRAIGHT_WEIGHT if others[0] >= rows.steps else _BEND_WEIGHT
    in_column = others[0] < rows.steps and others[0] not in rows.above[point] + rows.below[point]
    return _STRAIGHT_WEIGHT if in_column else 1.0


def _rising(wishes: Sequence[float], weights: Sequence[float]) -> list[float]:
    """Returns the numbers nearest to the wishes, by weighted squares, of which none is less than the one before.

    Pool adjacent violators: wishes in the wrong order share their mean.
    """
    blocks: list[tuple[float, float, int]] = []  # mean, weight, how many
    for wish, weight in zip(wishes, weights):
        mean, total, count = wish, weight, 1
        while blocks and blocks[-1][0] > mean:
            other, other_weight, other_count = blocks.pop()
            mean = (mean * total + other * other_weight) / (total + other_weight)
            total += other_weight
            count += other_count
        blocks.append((mean, total, count))
    return [mean for mean, _, count in blocks for _ in range(count)]


def _distance(left: int, right: int, rows: Rows, widths: Sequence[float]) -> float:
    gap = STEP_GAP if left < rows.steps and right < rows.steps else BEND_GAP
    return (widths[left] + widths[right]) / 2 + gap
