"""Decides from a template's ``retryStrategy`` whether, and after how many seconds, to try again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Optional

from kedro_kubeflow.errors import LocalRunError
from kedro_kubeflow.local.result import ERROR, FAILED
from kedro_kubeflow.local.workflow_fields import mapping_at

_UNITS_SECONDS = {
    "ns": 1e-9,
    "us": 1e-6,
    "\u00b5s": 1e-6,
    "ms": 1e-3,
    "s": 1.0,
    "m": 60.0,
    "h": 3600.0,
}
_PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|\u00b5s|ms|s|m|h)")
_BARE_SECONDS = re.compile(r"\d+(?:\.\d+)?")

# Which phases of an attempt each policy tries again. Argo's transient errors are those of talking
# to the Kubernetes API, so none arises here.
_RETRIED_PHASES = {
    "Always": (FAILED, ERROR),
    "OnFailure": (FAILED,),
    "OnError": (ERROR,),
    "OnTransientError": (),
}


def parse_duration(value: Any, where: str) -> float:
    """Seconds in a duration as Argo writes it: ``60s``, ``1h30m``, or bare seconds.

    Raises:
        LocalRunError: the value is not a duration.
    """
    text = str(value).strip()
    if _BARE_SECONDS.fullmatch(text):
        return float(text)
    parts = list(_PART.finditer(text))
    if not parts or "".join(part.group(0) for part in parts) != text:
        raise LocalRunError(
            f"{where}: {value!r} is not a duration; write it like 60s, 5m, 1h30m, or in seconds"
        )
    return sum(float(part.group(1)) * _UNITS_SECONDS[part.group(2)] for part in parts)


@dataclass(frozen=True)
class RetryStrategy:
    """When a step is tried again.

    Attributes:
        limit: how many retries there may be after the first attempt; None for as many as it takes.
        policy: Always, OnFailure, OnError or OnTransientError.
        backoff_seconds: the wait before the first retry.
        backoff_factor: each further wait is this many times the one before.
        max_duration_seconds: no retry starts later than this after the first attempt's start.
    """

    limit: Optional[int]
    policy: str
    backoff_seconds: float
    backoff_factor: float
    max_duration_seconds: Optional[float]

    def seconds_to_wait(
        self, attempts: int, phase: str, seconds_since_start: float
    ) -> Optional[float]:
        """How long to wait before the next attempt, or None when there is none.

        Args:
            attempts: how many there were.
            phase: the last one's, Failed or Error.
            seconds_since_start: of the first attempt.
        """
        if phase not in _RETRIED_PHASES[self.policy]:
            return None
        if self.limit is not None and attempts > self.limit:
            return None
        try:
            wait = self.backoff_seconds * self.backoff_factor ** (attempts - 1)
        except OverflowError:
            wait = float("inf")
        # Argo gives up at once when the wait would end after the limit.
        limit = self.max_duration_seconds
        return wait if limit is None or seconds_since_start + wait <= limit else None


def read_retry_strategy(template: Mapping[str, Any], where: str) -> Optional[RetryStrategy]:
    """The retry strategy of a template whose tags are filled in; None when it has none.

    Raises:
        LocalRunError: a field of it is of a wrong form, or cannot be done on this machine.
    """
    if template.get("retryStrategy") is None:
        return None
    where = f"{where}.retryStrategy"
    strategy = mapping_at(template, "retryStrategy", where.rpartition(".")[0])
    if strategy.get("expression"):
        raise LocalRunError(f"{where}.expression: run-local does not evaluate expressions")
    # Argo's default where nothing is said.
    policy = strategy.get("retryPolicy") or "OnFailure"
    if policy not in _RETRIED_PHASES:
        raise LocalRunError(
            f"{where}.retryPolicy: {policy!r} is not one of {', '.join(_RETRIED_PHASES)}"
        )
    backoff = mapping_at(strategy, "backoff", where)
    factor = read_number(backoff, "factor", f"{where}.backoff")
    limit = read_number(strategy, "limit", where)
    return RetryStrategy(
        limit=None if limit is None else int(limit),
        policy=policy,
        backoff_seconds=_duration(backoff, "duration", f"{where}.backoff") or 0.0,
        # Argo takes a factor of zero for none.
        backoff_factor=factor or 1.0,
        max_duration_seconds=_duration(backoff, "maxDuration", f"{where}.backoff"),
    )


def read_deadline_seconds(template: Mapping[str, Any], where: str) -> Optional[float]:
    """How long one attempt of a template may take; None for no limit.

    Raises:
        LocalRunError: ``activeDeadlineSeconds`` or ``timeout`` is of a wrong form.
    """
    limits = (
        read_number(template, "activeDeadlineSeconds", where),
        _duration(template, "timeout", where),
    )
    given = [limit for limit in limits if limit is not None]
    return min(given) if given else None


def _duration(parent: Mapping[str, Any], key: str, where: str) -> Optional[float]:
    value = parent.get(key)
    return None if value is None or value == "" else parse_duration(value, f"{where}.{key}")


def read_number(parent: Mapping[str, Any], key: str, where: str) -> Optional[float]:
    """A number of 0 or more under a key, written as a number or a string; None when absent.

    Raises:
        LocalRunError: it is something else.
    """
    value = parent.get(key)
    if value is None or value == "":
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = -1.0
    if isinstance(value, bool) or not 0 <= number < float("inf"):
        raise LocalRunError(f"{where}.{key}: {value!r} is not a number of 0 or more")
    return number
