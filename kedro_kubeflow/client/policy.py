"""Timeouts, the number of attempts and the pauses between them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class RequestPolicy:
    """Timeouts in seconds and numbers of attempts, the same for every command.

    Attributes:
        connect_seconds: Timeout of the connection.
        answer_seconds: Timeout of the complete response. Gateways give up after 60 themselves, so
            it is longer, for servers that are merely slow.
        attempts: Attempts of a request that may be repeated, including the first.
        first_pause: Seconds before the second attempt.
        growth: Factor by which each further pause is longer.
        longest_pause: Maximum seconds of a pause.
        patience: How long a wait continues while the server does not answer.
        first_poll: Seconds between the first two polls.
        slowest_poll: Maximum seconds between two polls.
        no_status_after: Seconds after which a run without a status causes a warning.
        sleep: Sleeps; replaced in tests.
        clock: Returns seconds that never go backwards; replaced in tests.
    """

    connect_seconds: float = 10.0
    answer_seconds: float = 90.0
    attempts: int = 4
    first_pause: float = 1.0
    growth: float = 2.0
    longest_pause: float = 15.0
    patience: float = 900.0
    first_poll: float = 1.0
    slowest_poll: float = 5.0
    no_status_after: float = 60.0
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

    def pauses(self) -> Iterator[float]:
        """Yields the pauses between the attempts, in seconds."""
        pause = self.first_pause
        for _ in range(self.attempts - 1):
            yield min(pause, self.longest_pause)
            pause *= self.growth
