"""Works out which labels a machine must have for a pod, from its node selectors and required affinity.

See https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Optional

from kedro_kubeflow.config import PodOptions


@dataclass(frozen=True)
class Label:
    """What one label of a machine may be.

    Attributes:
        allowed: its values; None for any.
        refused: values that it may not have.
        present: whether it must be there (True), may not (False), or either (None).
    """

    allowed: Optional[frozenset[str]] = None
    refused: frozenset[str] = frozenset()
    present: Optional[bool] = None

    def __and__(self, other: Label) -> Optional[Label]:
        """Returns what both require, None where no machine can have it."""
        if None not in (self.present, other.present) and self.present != other.present:
            return None
        present = other.present if self.present is None else self.present
        refused = self.refused | other.refused
        allowed = other.allowed if self.allowed is None else self.allowed
        if self.allowed is not None and other.allowed is not None:
            allowed = self.allowed & other.allowed
        if allowed is not None and not allowed - refused:
            return None
        return Label(allowed, refused, present)


Machine = Mapping[str, Label]
"""What a machine's labels must be, by their names."""


def machines_of(options: PodOptions) -> tuple[Machine, ...]:
    """Returns the kinds of machines that a pod may run on; none where it contradicts itself.

    Preferences are left out, and so are ``Gt`` and ``Lt``, and all that is about other pods.
    """
    selected: Machine = {
        key: Label(frozenset([value]), present=True)
        for key, value in options.values.get("node_selectors", {}).items()
    }
    required = "requiredDuringSchedulingIgnoredDuringExecution"
    affinity = (options.values.get("affinity", {}).get("nodeAffinity") or {}).get(required) or {}
    terms = affinity.get("nodeSelectorTerms")
    if not terms:
        return (selected,)
    wanted = (_all_of([selected, *map(_of_expression, _expressions(term))]) for term in terms)
    return tuple(machine for machine in wanted if machine is not None)


def may_meet(one: Iterable[Machine], other: Iterable[Machine]) -> bool:
    """Returns whether one machine can be of a kind in each of two lists."""
    others = tuple(other)
    return any(_all_of([first, second]) is not None for first in one for second in others)


def _expressions(term: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [*(term.get("matchExpressions") or ()), *(term.get("matchFields") or ())]


def _of_expression(expression: Mapping[str, Any]) -> Machine:
    values = frozenset(map(str, expression.get("values") or ()))
    label = {
        "In": Label(values, present=True),
        # True of a machine without the label, too.
        "NotIn": Label(refused=values),
        "Exists": Label(present=True),
        "DoesNotExist": Label(present=False),
    }.get(str(expression.get("operator")), Label())
    return {str(expression.get("key")): label}


def _all_of(machines: Iterable[Machine]) -> Optional[Machine]:
    result: dict[str, Label] = {}
    for machine in machines:
        for key, label in machine.items():
            both = result.get(key, Label()) & label
            if both is None:
                return None
            result[key] = both
    return result
