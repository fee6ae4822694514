"""The loop of every wait: polls, reports each change, tolerates errors that may pass, and stops at the deadline.

kfp has a loop for runs too: a 401 after a good response ends it or makes it spin, it keeps sleeping
after the end, and it reports a timeout for runs that did end.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import replace
from typing import Generic, Optional, TypeVar, Union

from kedro_kubeflow.client.failures import Failure
from kedro_kubeflow.client.policy import RequestPolicy
from kedro_kubeflow.client.snapshots import PipelineSnapshot, RunSnapshot
from kedro_kubeflow.errors import AuthenticationError, ServerError

Trouble = Union[Failure, ServerError]

Snapshot = TypeVar("Snapshot", RunSnapshot, PipelineSnapshot)

_PAUSE_GROWTH = 1.3
_POLLS_AFTER_END = 3


class Poller(ABC, Generic[Snapshot]):
    """Polls until what is waited for has ended or the time is over.

    Args:
        policy: Pauses, patience and clock.
        timeout: Seconds to wait.
        first: The snapshot before the first answer.
    """

    def __init__(self, policy: RequestPolicy, timeout: float, first: Snapshot) -> None:
        self._policy = policy
        self._deadline = policy.clock() + timeout
        self._last: Snapshot = first
        self._answered = False
        self._failing_since: Optional[float] = None
        self._polls_after_end = 0

    def snapshots(self) -> Iterator[Snapshot]:
        """Yields a snapshot whenever it changes; the last one has ended or is ``timed_out``.

        Raises:
            ServerError: An error that does not pass, or that lasts longer than the policy's patience.
        """
        pause = self._policy.first_poll
        shown: Optional[Snapshot] = None
        while True:
            self._update()
            if self._last != shown:
                shown = self._last
                yield shown
            if self._ended():
                return
            left = self._seconds_left()
            if left <= 0:
                yield replace(self._last, timed_out=True)
                return
            self._policy.sleep(min(pause, left))
            pause = min(pause * _PAUSE_GROWTH, self._policy.slowest_poll)

    @abstractmethod
    def _poll(self) -> Snapshot:
        """Asks the server once."""

    @abstractmethod
    def _fatal(self, error: Trouble, failing_seconds: float) -> Optional[Trouble]:
        """Returns the error to end with, or None to continue.

        Args:
            error: What the last poll failed with.
            failing_seconds: Since the first of the polls that failed in a row.
        """

    def _update(self) -> None:
        try:
            self._last = self._poll()
        except AuthenticationError:
            raise
        except (Failure, ServerError) as err:
            error = err
        else:
            self._answered, self._failing_since = True, None
            return
        now = self._policy.clock()
        if self._failing_since is None:
            self._failing_since = now
        fatal = self._fatal(error, now - self._failing_since)
        if fatal is not None:
            raise fatal
        self._last = replace(self._last, remark=f"the server does not answer now: {error}")

    def _ended(self) -> bool:
        """Returns whether another poll can show nothing new."""
        if not self._last.finished:
            return False
        if self._last.succeeded or self._last.explanation:
            return True
        # The status may be a moment ahead of the nodes that say why.
        self._polls_after_end += 1
        return self._polls_after_end > _POLLS_AFTER_END

    def _seconds_left(self) -> float:
        return self._deadline - self._policy.clock()
