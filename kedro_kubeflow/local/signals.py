"""Turns Ctrl-C and its like into calls of a function, so that nothing is cut short halfway."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from typing import Any, Callable

# A closed terminal sends SIGHUP to its own session only: steps have sessions of their own, and
# would live on.
_STOPPING = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)


@contextlib.contextmanager
def stop_signals(on_signal: Callable[[signal.Signals], None]) -> Iterator[None]:
    """Hand signals that ask to stop to a function instead of raising; afterwards as before.

    Only the main thread can do so; elsewhere nothing changes. A signal that is ignored, as nohup
    does, stays ignored.

    Args:
        on_signal: is called between two instructions of the main thread, so it may do little:
            ``queue.SimpleQueue.put`` is made for it.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before: dict[signal.Signals, Any] = {}
    try:
        for number in _STOPPING:
            if signal.getsignal(number) not in (signal.SIG_IGN, None):
                before[number] = signal.signal(
                    number, lambda received, frame: on_signal(signal.Signals(received))
                )
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
