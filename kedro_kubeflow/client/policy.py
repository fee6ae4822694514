"""How long to wait for one answer, and how often and after which pauses to ask again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class RequestPolicy:
    """Limits in seconds and numbers of tries, the same for every command.

    Attributes:
        connect_seconds: For a connection to come about.
        answer_seconds: For an answer to be complete. Gateways give up after 60 by themselves, so a
            server that is merely slow still gets its word in.
        attempts: Tries of what may be tried again, the first included.
        first_pause: Seconds before the second try.
        growth: How much longer each further pause is.
        longest_pause: Seconds that no pause exceeds.
        patience: How long the wait for a run goes on with a server that does not answer.
        first_poll: Seconds between the first two looks at a run.
        slowest_poll: Seconds between two looks at a run that takes long.
        no_status_after: Seconds after which a run without a status is remarked on.
        sleep: Sleeps; replaced in tests.
        clock: Tells seconds that never go backwards; replaced in tests.
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
        """Gives the pauses between the tries, in seconds."""
        pause = self.first_pause
        for _ in range(self.attempts - 1):
            yield min(pause, self.longest_pause)
            pause *= self.growth
