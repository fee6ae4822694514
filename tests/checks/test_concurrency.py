"""The bound on what pods that run at the same time weigh together, against an exhaustive search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from kedro_kubeflow.checks.concurrency import most_together


@st.composite
def graphs(draw: Any) -> tuple[dict[str, int], dict[str, tuple[str, ...]]]:
    names = [f"pod{number}" for number in range(draw(st.integers(1, 7)))]
    before = {
        name: tuple(draw(st.lists(st.sampled_from(names[:index]), unique=True)) if index else ())
        for index, name in enumerate(names)
    }
    return {name: draw(st.integers(0, 9)) for name in names}, before


def exact(
    weights: Mapping[str, int], before: Mapping[str, Sequence[str]], limit: int | None
) -> int:
    """The heaviest set of pods of which none waits for another."""
    above: dict[str, set[str]] = {}
    for name, others in before.items():
        above[name] = set(others).union(*(above[other] for other in others))
    return max(
        sum(weights[name] for name in chosen)
        for size in range(min(len(weights), limit or len(weights)) + 1)
        for chosen in combinations(weights, size)
        if not any(one in above[other] for one in chosen for other in chosen)
    )


@given(graphs(), st.none() | st.integers(1, 4))
def test_no_pods_that_run_together_weigh_more(
    graph: tuple[dict[str, int], dict[str, tuple[str, ...]]], limit: int | None
) -> None:
    weights, before = graph
    bound = most_together(weights, before, limit)
    assert exact(weights, before, limit) <= bound <= sum(weights.values())


def test_a_chain_weighs_as_much_as_its_heaviest_pod() -> None:
    before = {"a": (), "b": ("a",), "c": ("b",)}
    assert most_together({"a": 1, "b": 5, "c": 2}, before) == 5


def test_pods_side_by_side_add_up_to_the_limit() -> None:
    before: dict[str, tuple[str, ...]] = {"start": (), **{f"p{n}": ("start",) for n in range(60)}}
    weights = dict.fromkeys(before, 2)
    assert most_together(weights, before) == 120
    assert most_together(weights, before, limit=3) == 6
