"""Calls a function and returns its result, or raises TimeoutError if it takes too long in total.

The timeouts of HTTP libraries limit one silence on the socket: a server that sends a byte now and
then, or a slow name server, is not stopped by them. So the function runs in a thread that is
waited for only until the deadline.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Result = TypeVar("Result")

_SLICE_SECONDS = 0.5


class _Work(Generic[Result]):
    def __init__(self, function: Callable[[], Result]) -> None:
        self._function = function
        self.result: list[Result] = []
        self.error: list[BaseException] = []
        self.done = threading.Event()

    def run(self) -> None:
        try:
            self.result.append(self._function())
        except BaseException as err:  # noqa: BLE001 - it is raised again in the waiting thread
            self.error.append(err)
        finally:
            self.done.set()


def within(seconds: float, function: Callable[[], Result]) -> Result:
    """Calls the function and returns its result, or raises what it raised.

    A function that is not done in time continues in its thread until its own timeouts end it; the
    thread does not keep the program from exiting.

    Raises:
        TimeoutError: It did not end within ``seconds``.
    """
    work = _Work(function)
    threading.Thread(target=work.run, daemon=True).start()
    left = seconds
    # In slices, because Ctrl-C cannot interrupt a wait on Windows.
    while not work.done.wait(min(left, _SLICE_SECONDS)):
        left -= _SLICE_SECONDS
        if left <= 0:
            raise TimeoutError
    if work.error:
        raise work.error.pop()
    return work.result[0]
