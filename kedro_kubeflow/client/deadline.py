"""A function in, its result out, or TimeoutError when it takes too long in all.

The time limits of HTTP libraries are for one silence on the socket: a server that sends a byte now
and then, or a name server that is slow, outlasts them. So the work is done in a thread, and its end
is awaited for just as long as there is time.
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
        except BaseException as err:  # noqa: BLE001 - it is raised again where the result is awaited
            self.error.append(err)
        finally:
            self.done.set()


def within(seconds: float, function: Callable[[], Result]) -> Result:
    """Calls the function and gives its result, or raises what it raised.

    Work that is not done in time goes on in its thread until its own limits end it; the thread does
    not keep the program from ending.

    Raises:
        TimeoutError: It did not end within ``seconds``.
    """
    work = _Work(function)
    threading.Thread(target=work.run, daemon=True).start()
    left = seconds
    # In slices, because on Windows a wait cannot be interrupted with Ctrl-C.
    while not work.done.wait(min(left, _SLICE_SECONDS)):
        left -= _SLICE_SECONDS
        if left <= 0:
            raise TimeoutError
    if work.error:
        raise work.error.pop()
    return work.result[0]
