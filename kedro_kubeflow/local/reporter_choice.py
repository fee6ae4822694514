"""Chooses how a run is shown on a stream."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO

from kedro_kubeflow.local.reporting import PlainReporter, Reporter


def choose_reporter(stream: IO[str], environ: Mapping[str, str]) -> Reporter:
    """Returns a live table for a terminal that can draw one, plain lines for anything else.

    Args:
        stream: where to write.
        environ: the caller's environment, for ``TERM`` and ``CI``.
    """
    able = environ.get("TERM", "").lower() not in ("", "dumb", "unknown")
    if not able or environ.get("CI") or not stream.isatty():
        return PlainReporter(stream)
    # Only here, since it is the one part that needs rich; Kedro brings it.
    from kedro_kubeflow.local.live import LiveReporter

    return LiveReporter(stream)
