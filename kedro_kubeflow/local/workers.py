"""Runs attempts in threads, a limited number at once, and returns their outcomes through a queue."""

from __future__ import annotations

import math
import queue
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Optional, Union

from kedro_kubeflow.local.attempt import Outcome, run_attempt
from kedro_kubeflow.local.executor import Attempt, Execution, Executor
from kedro_kubeflow.local.pod_folder import PodSite

GRACE_SECONDS = 5.0
"""Between asking a step to end and ending it."""

# A signal that arrives just before the thread begins to wait does not wake it: Python runs the handler
# when the wait is over. So no single wait is long.
_LONGEST_WAIT_SECONDS = 0.5


@dataclass(frozen=True)
class AttemptEnded:
    """An attempt is over; an exception is a mistake of this package, to be raised."""

    key: int
    outcome: Union[Outcome, BaseException]


@dataclass(frozen=True)
class Signalled:
    """Someone asked this process to stop."""


class Workers:
    """Does attempts in threads of its own; all else happens in the thread that made it.

    Signals come through the same queue as outcomes, so that no decision is cut short halfway.
    """

    def __init__(self, place: PodSite, executor: Executor, number: int) -> None:
        """Start nothing yet.

        Args:
            place: what attempts share.
            executor: runs the containers.
            number: how many attempts there may be at once.
        """
        self._place = place
        self._executor = executor
        self._number = number
        self._pool = ThreadPoolExecutor(number, thread_name_prefix="run-local")
        # Of all queues this is the one that a signal handler may put into.
        self._events: queue.SimpleQueue[Union[AttemptEnded, Signalled]] = queue.SimpleQueue()
        self._active: dict[int, Execution] = {}

    @property
    def has_room(self) -> bool:
        """Whether another attempt may start."""
        return len(self._active) < self._number

    def start(self, key: int, attempt: Attempt) -> Execution:
        """Begin an attempt; its end comes out of :meth:`next_event` under the key."""
        execution = self._executor.execution()
        self._active[key] = execution
        self._pool.submit(self._work, key, attempt, execution)
        return execution

    def fail(self, key: int, outcome: Outcome) -> None:
        """Let an outcome that is known without doing anything come the way all others come."""
        self._events.put(AttemptEnded(key, outcome))

    def is_active(self, key: int, execution: Execution) -> bool:
        """Whether an attempt still runs."""
        return self._active.get(key) is execution

    def stop_all(self, reason: str) -> None:
        """Ask all attempts to end."""
        for execution in self._active.values():
            execution.stop(reason)

    def kill_all(self, reason: str) -> None:
        """End all attempts at once."""
        for execution in self._active.values():
            execution.kill(reason)

    def signalled(self, number: signal.Signals) -> None:
        """Take note of a signal; may be called by its handler."""
        self._events.put(Signalled())

    def next_event(self, seconds: Optional[float]) -> Optional[Union[AttemptEnded, Signalled]]:
        """Wait for the next end of an attempt, or signal.

        Args:
            seconds: how long at most; None for as long as it takes.

        Returns:
            None when the time is over.
        """
        end = math.inf if seconds is None else time.monotonic() + seconds
        while True:
            remaining = max(0.0, end - time.monotonic())
            try:
                event = self._events.get(timeout=min(remaining, _LONGEST_WAIT_SECONDS))
            except queue.Empty:
                if remaining <= _LONGEST_WAIT_SECONDS:
                    return None
                continue
            if isinstance(event, AttemptEnded):
                self._active.pop(event.key, None)
            return event

    def close(self) -> None:
        """End what still runs and wait for it.

        Attempts get some seconds to end by themselves, unless another signal comes meanwhile.
        """
        self.stop_all("stopped")
        deadline = time.monotonic() + GRACE_SECONDS
        while self._active:
            event = self.next_event(max(0.1, deadline - time.monotonic()))
            if not isinstance(event, AttemptEnded):
                self.kill_all("stopped")
        self._pool.shutdown()

    def _work(self, key: int, attempt: Attempt, execution: Execution) -> None:
        outcome: Union[Outcome, BaseException]
        try:
            outcome = run_attempt(attempt, self._place, execution)
        except BaseException as err:  # noqa: BLE001 - the thread that waits must hear of it
            outcome = err
        self._events.put(AttemptEnded(key, outcome))
