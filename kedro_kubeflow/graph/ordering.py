"""Orders the points of each row from left to right so that few edges cross.

Sweeps downwards and upwards put each point at the mean place of its neighbours, after Sugiyama, Tagawa and Toda,
"Methods for visual understanding of hierarchical system structures" (1981); the best order seen is kept.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Sequence

from kedro_kubeflow.graph.rows import Rows

_MOST_SWEEPS = 24
_FEWEST_SWEEPS = 4
_WORK = 60_000
"""Points times sweeps, about: large graphs get fewer sweeps, by their size and not by the clock."""

Order = list[list[int]]
Neighbours = Sequence[Sequence[int]]


def order_rows(rows: Rows) -> Order:
    """Orders the points of each row; the same rows give the same order."""
    order = _first_order(rows)
    best, fewest = order, _crossings(rows, order)
    sweeps = max(_FEWEST_SWEEPS, min(_MOST_SWEEPS, _WORK // max(1, len(rows.row_of))))
    for sweep in range(sweeps):
        if not fewest:
            break
        order = _swept(order, rows.below if sweep % 2 else rows.above, upwards=bool(sweep % 2))
        crossings = _crossings(rows, order)
        if crossings < fewest:
            best, fewest = order, crossings
    return _exchanged(rows, best) if fewest else best


def _first_order(rows: Rows) -> Order:
    """Orders points as a walk from the top finds them, depth first, so that what belongs together stays so."""
    order: Order = [[] for _ in range(max(rows.row_of, default=-1) + 1)]
    seen = set()
    starts = [point for point in range(rows.steps) if not rows.above[point]]
    stack = starts[::-1]
    while stack:
        point = stack.pop()
        if point in seen:
            continue
        seen.add(point)
        order[rows.row_of[point]].append(point)
        stack.extend(reversed(rows.below[point]))
    return order


def _swept(order: Order, neighbours: Neighbours, upwards: bool) -> Order:
    result = [list(points) for points in order]
    place: dict[int, float] = {}
    for points in reversed(result) if upwards else result:
        keys = {}
        for index, point in enumerate(points):
            others = neighbours[point]
            own = (index + 0.5) / len(points)
            keys[point] = sum(place[other] for other in others) / len(others) if others else own
        points.sort(key=keys.__getitem__)  # equal ones stay as they are
        for index, point in enumerate(points):
            place[point] = (index + 0.5) / len(points)
    return result


def _crossings(rows: Rows, order: Order) -> int:
    total = 0
    for upper, lower in zip(order, order[1:]):
        place = {point: index for index, point in enumerate(lower)}
        seen: list[int] = []
        for point in upper:
            places = sorted(place[other] for other in rows.below[point])
            total += sum(len(seen) - bisect_right(seen, index) for index in places)
            for index in places:
                insort(seen, index)
    return total


def _exchanged(rows: Rows, order: Order) -> Order:
    """Exchanges points side by side wherever that takes crossings away, until nothing changes or twice."""
    for _ in range(2):
        exchanges = [_exchange_in_row(rows, order, row) for row in range(len(order))]
        if not any(exchanges):
            break
    return order


def _exchange_in_row(rows: Rows, order: Order, row: int) -> bool:
    around = [
        (neighbours, {point: index for index, point in enumerate(order[other])})
        for neighbours, other in ((rows.above, row - 1), (rows.below, row + 1))
        if 0 <= other < len(order)
    ]
    points = order[row]
    places = {
        point: [sorted(place[other] for other in neighbours[point]) for neighbours, place in around]
        for point in points
    }
    changed = False
    for index in range(len(points) - 1):
        left, right = places[points[index]], places[points[index + 1]]
        if sum(_crossed(a, b) - _crossed(b, a) for a, b in zip(left, right)) > 0:
            points[index], points[index + 1] = points[index + 1], points[index]
            changed = True
    return changed


def _crossed(left: Sequence[int], right: Sequence[int]) -> int:
    """Counts crossings of the edges of two points side by side, by the places they lead to."""
    return sum(bisect_left(right, place) for place in left)
