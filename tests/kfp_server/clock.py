"""Moments in, the texts that the API and Argo write them as out."""

from __future__ import annotations

import datetime as dt


def now() -> dt.datetime:
    """The present in UTC, to the second: the API keeps no more."""
    return dt.datetime.now(dt.timezone.utc).replace(microsecond=0)


def rfc3339(moment: dt.datetime) -> str:
    return moment.astimezone(dt.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


NEVER = "1970-01-01T00:00:00Z"
"""What the API gives as the end of a run that has none."""


def go_layout(moment: dt.datetime, layout: str) -> str:
    """Writes a moment by a layout of Go's ``time`` package, its common parts at least."""
    parts = {
        "2006": "%Y",
        "01": "%m",
        "02": "%d",
        "15": "%H",
        "04": "%M",
        "05": "%S",
        "Jan": "%b",
        "Mon": "%a",
    }
    text = layout
    for part, code in parts.items():
        text = text.replace(part, code)
    return moment.strftime(text)
