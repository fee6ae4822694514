"""Any graph in: boxes keep off each other, edges lead down, and what is drawn is what was given."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st

from kedro_kubeflow.graph.layout import Layout, lay_out

Edges = list[tuple[int, int]]


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[tuple[float, float]], Edges]:
    """Sizes of boxes, and edges without circles in any order of the boxes."""
    count = draw(st.integers(1, 30))
    number = st.integers(0, count - 1)
    pairs = draw(st.sets(st.tuples(number, number), max_size=60))
    order = draw(st.permutations(range(count)))
    edges = sorted({(order[min(pair)], order[max(pair)]) for pair in pairs if pair[0] != pair[1]})
    side = st.integers(20, 300).map(float)
    sizes = draw(st.lists(st.tuples(side, side), min_size=count, max_size=count))
    return sizes, edges


@given(graphs())
@settings(deadline=None, max_examples=150)
def test_boxes_keep_off_each_other_and_edges_lead_down_between_them(
    graph: tuple[list[tuple[float, float]], Edges],
) -> None:
    sizes, edges = graph
    layout = lay_out(sizes, edges)
    for place, (width, height) in zip(layout.places, sizes):
        assert place.width >= width
        assert place.height >= height
        assert place.x >= -0.1
        assert place.x + place.width <= layout.width + 0.2
        assert place.y + place.height <= layout.height
    for one, two in itertools.combinations(layout.places, 2):
        apart = abs(one.x + one.width / 2 - two.x - two.width / 2) - (one.width + two.width) / 2
        assert apart >= 20 or one.y + one.height < two.y or two.y + two.height < one.y
    assert len(layout.routes) == len(edges)
    for (source, target), route in zip(edges, layout.routes):
        upper, lower = layout.places[source], layout.places[target]
        assert abs(route[0][0] - upper.x - upper.width / 2) < 0.2
        assert route[0][1] == upper.y + upper.height
        assert abs(route[-1][0] - lower.x - lower.width / 2) < 0.2
        assert route[-1][1] == lower.y
        assert all(a[1] < b[1] for a, b in zip(route, route[1:]))
    assert all(_clear(layout, x, top, bottom) for x, top, bottom in _straight_parts(layout))
    assert lay_out(sizes, edges) == layout


def _straight_parts(layout: Layout) -> Iterator[tuple[float, float, float]]:
    """Where edges pass rows: between them lie the gaps, in which no box stands."""
    for route in layout.routes:
        for (x, top), (below, bottom) in zip(route[1:-1:2], route[2:-1:2]):
            assert x == below
            yield x, top, bottom


def _clear(layout: Layout, x: float, top: float, bottom: float) -> bool:
    return not any(
        place.x - 5 < x < place.x + place.width + 5
        and place.y < bottom
        and top < place.y + place.height
        for place in layout.places
    )


@given(st.integers(11, 120), st.booleans(), st.booleans())
@settings(deadline=None, max_examples=40)
def test_many_steps_with_the_same_edges_fill_several_rows(
    count: int, before: bool, after: bool
) -> None:
    edges = [(0, step) for step in range(2, count + 2) if before]
    edges += [(step, 1) for step in range(2, count + 2) if after]
    layout = lay_out([(100.0, 40.0)] * (count + 2), sorted(edges))
    twins = layout.places[2:]
    columns = {place.x for place in twins}
    rows = {place.y for place in twins}
    assert len(rows) > 1
    assert len(twins) <= len(rows) * 17
    assert max(columns) - min(columns) < 17 * 128 + 128
