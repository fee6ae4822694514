"""Weighted steps and what each must wait for in, the most that can weigh down the cluster at the same time out; pure.

Steps of which none waits for another, directly or not, form an antichain of the graph, and only those can run
together. By Dilworth's theorem, with weights, the heaviest antichain weighs as much as the cheapest set of chains in
which each step stands as often as it weighs; that one is a flow through the graph, and the flow's cut is the antichain.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Optional

from kedro_kubeflow.checks.flow import FlowNetwork

LARGEST_GRAPH = 5000
"""Steps up to which a graph is searched for its heaviest antichain, which takes seconds at most."""


@dataclass(frozen=True)
class Peak:
    """The most that steps weigh together.

    Attributes:
        weight: no steps that run together weigh more.
        exact: some do weigh as much; else it is a bound that may be too high.
        steps: those that do, or that come closest.
    """

    weight: int
    exact: bool
    steps: tuple[str, ...]


def heaviest_together(
    weights: Mapping[str, int], before: Mapping[str, Sequence[str]], limit: Optional[int] = None
) -> Peak:
    """Finds the steps that weigh most of all that can run at the same time.

    Args:
        weights: of each step, not negative; dependencies before dependents.
        before: the steps that each waits for.
        limit: how many may run at the same time, or None for any number.
    """
    if len(weights) > LARGEST_GRAPH:
        return _bound_by_chains(weights, before, limit)
    steps = _heaviest_antichain(weights, before)
    if limit is None or len(steps) <= limit:
        return Peak(sum(weights[step] for step in steps), True, _in_order(steps, weights))
    return _with_limit(weights, before, limit, steps)


def _with_limit(
    weights: Mapping[str, int], before: Mapping[str, Sequence[str]], limit: int, steps: Set[str]
) -> Peak:
    """Finds the heaviest antichain of a limited number of steps, or a bound for it.

    The problem itself is NP-hard. A price on each step (Lagrange's multiplier) makes the heaviest antichain smaller,
    and for every price, ``limit * price`` and what is left of the weights bound the answer from above. The price with
    the lowest bound is where the line of a too large antichain meets that of a small enough one. Weights times
    ``scale`` make the prices whole numbers.
    """
    large, small = steps, frozenset[str]()
    best = _heaviest_of(steps, weights, limit)
    while True:
        # Where both lines meet, a price is (difference of weights) / (difference of sizes).
        scale = len(large) - len(small)
        price = _weight(large, weights) - _weight(small, weights)
        priced = {step: max(0, weight * scale - price) for step, weight in weights.items()}
        found = _heaviest_antichain(priced, before)
        candidate = _heaviest_of(found, weights, limit)
        best = max(best, candidate, key=lambda chosen: _weight(chosen, weights))
        bound = (limit * price + _weight(found, priced)) // scale
        if _weight(found, priced) <= _weight(large, weights) * scale - price * len(large):
            break
        if len(found) > limit:
            large = found
        else:
            small = found
    weight = _weight(best, weights)
    exact = weight == bound
    return Peak(bound, exact, _in_order(best, weights))


def _heaviest_antichain(
    weights: Mapping[str, int], before: Mapping[str, Sequence[str]]
) -> frozenset[str]:
    """Finds an antichain of greatest weight.

    Each step has a place where chains leave it and one where they enter it. What flows between two steps puts them
    into one chain; a step that is entered may be left again, so that direct dependencies are enough.
    """
    number = {step: index for index, step in enumerate(weights)}
    source, sink = 2 * len(number), 2 * len(number) + 1
    network = FlowNetwork(2 * len(number) + 2)
    unlimited = sum(weights.values()) + 1
    for step, index in number.items():
        leave, enter = 2 * index, 2 * index + 1
        network.connect(source, leave, weights[step])
        network.connect(enter, sink, weights[step])
        network.connect(enter, leave, unlimited)
        for other in before[step]:
            network.connect(2 * number[other], enter, unlimited)
    network.fill(source, sink)
    reached = network.reachable(source)
    return frozenset(
        step
        for step, index in number.items()
        if weights[step] and 2 * index in reached and 2 * index + 1 not in reached
    )


def _bound_by_chains(
    weights: Mapping[str, int], before: Mapping[str, Sequence[str]], limit: Optional[int]
) -> Peak:
    """Bounds the weight without a search: of each chain, one step at most runs at a time."""
    ends: dict[str, int] = {}
    heaviest: list[int] = []
    for step, weight in weights.items():
        free = [other for other in before[step] if other in ends]
        chain = ends.pop(free[0]) if free else len(heaviest)
        if not free:
            heaviest.append(0)
        heaviest[chain] = max(heaviest[chain], weight)
        ends[step] = chain
    return Peak(sum(sorted(heaviest, reverse=True)[:limit]), False, ())


def _heaviest_of(steps: Set[str], weights: Mapping[str, int], limit: int) -> frozenset[str]:
    return frozenset(sorted(steps, key=lambda step: (-weights[step], step))[:limit])


def _weight(steps: Set[str], weights: Mapping[str, int]) -> int:
    return sum(weights[step] for step in steps)


def _in_order(steps: Set[str], weights: Mapping[str, int]) -> tuple[str, ...]:
    return tuple(step for step in weights if step in steps)
