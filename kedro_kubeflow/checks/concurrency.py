"""Bounds what the pods that run at the same time weigh together. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Optional


def most_together(
    weights: Mapping[str, int], before: Mapping[str, Sequence[str]], limit: Optional[int] = None
) -> int:
    """Returns an upper bound of what pods weigh together that run at the same time.

    The pods are split into chains in which each waits for the one before it, so that of each chain at most one runs
    at a time. The fewest possible chains would give the exact number of pods (Dilworth's theorem); these are chosen
    greedily, which is enough for a bound and takes no time.

    Args:
        weights: of each pod, not negative; dependencies before dependents.
        before: the pods that each waits for.
        limit: how many may run at the same time, or None for any number.
    """
    # Sets of pods are bits of a number: pods that wait, directly or not, for thousands of others are common.
    place = {pod: index for index, pod in enumerate(weights)}
    waits_for: list[int] = []
    ends = 0
    chain_of: dict[int, int] = {}
    heaviest: list[int] = []
    for pod, weight in weights.items():
        above = 0
        for other in before[pod]:
            above |= waits_for[place[other]] | 1 << place[other]
        waits_for.append(above)
        if last := above & ends:
            end = last.bit_length() - 1
            ends ^= 1 << end
            chain = chain_of.pop(end)
            heaviest[chain] = max(heaviest[chain], weight)
        else:
            chain = len(heaviest)
            heaviest.append(weight)
        ends |= 1 << place[pod]
        chain_of[place[pod]] = chain
    return sum(sorted(heaviest, reverse=True)[:limit])
