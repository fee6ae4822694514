"""The heaviest steps that can run together, against trying all sets of steps."""

from __future__ import annotations

from itertools import combinations
from typing import Optional

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kedro_kubeflow.checks import antichain
from kedro_kubeflow.checks.antichain import heaviest_together

Graph = dict[str, list[str]]


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Up to nine steps, each waiting for some of those before."""
    names = "abcdefghi"[: draw(st.integers(1, 9))]
    return {
        name: sorted(draw(st.sets(st.sampled_from(names[:index]))) if index else set())
        for index, name in enumerate(names)
    }


def ancestors(before: Graph) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for step, others in before.items():
        found[step] = set(others).union(*(found[other] for other in others))
    return found


def heaviest_by_trying(weights: dict[str, int], before: Graph, limit: Optional[int]) -> int:
    above = ancestors(before)
    sizes = range(1, (len(weights) if limit is None else limit) + 1)
    return (
        max(
            sum(weights[step] for step in chosen)
            for size in sizes
            for chosen in combinations(weights, size)
            if not any(
                one in above[other] or other in above[one] for one, other in combinations(chosen, 2)
            )
        )
        if weights
        else 0
    )


@settings(max_examples=400, deadline=None)
@given(graphs(), st.data())
def test_without_a_limit_it_is_exact(before: Graph, data: st.DataObject) -> None:
    weights = {step: data.draw(st.integers(0, 5)) for step in before}
    peak = heaviest_together(weights, before)
    assert peak.exact
    assert peak.weight == heaviest_by_trying(weights, before, None)
    assert peak.weight == sum(weights[step] for step in peak.steps)
    above = ancestors(before)
    assert not any(one in above[other] for one in peak.steps for other in peak.steps)


@settings(max_examples=400, deadline=None)
@given(graphs(), st.integers(1, 4), st.data())
def test_with_a_limit_it_is_a_bound_and_says_when_it_is_exact(
    before: Graph, limit: int, data: st.DataObject
) -> None:
    weights = {step: data.draw(st.integers(0, 5)) for step in before}
    peak = heaviest_together(weights, before, limit)
    truth = heaviest_by_trying(weights, before, limit)
    assert len(peak.steps) <= limit
    assert sum(weights[step] for step in peak.steps) <= truth <= peak.weight
    assert not peak.exact or peak.weight == truth


@settings(max_examples=200, deadline=None)
@given(graphs(), st.none() | st.integers(1, 4), st.data())
def test_large_graphs_get_a_bound(before: Graph, limit: Optional[int], data: st.DataObject) -> None:
    weights = {step: data.draw(st.integers(0, 5)) for step in before}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(antichain, "LARGEST_GRAPH", 0)
        peak = heaviest_together(weights, before, limit)
    assert not peak.exact
    assert heaviest_by_trying(weights, before, limit) <= peak.weight <= sum(weights.values())


def test_equal_steps_with_a_limit_are_exact() -> None:
    before: Graph = {"first": [], **{f"s{index}": ["first"] for index in range(10)}}
    peak = heaviest_together(dict.fromkeys(before, 7), before, 4)
    assert (peak.weight, peak.exact, len(peak.steps)) == (28, True, 4)
