"""Formats times as the API and Argo do."""

from __future__ import annotations

import datetime as dt


def now() -> dt.datetime:
    """Returns the current time in UTC, to the second, like the API."""
    return dt.datetime.now(dt.timezone.utc).replace(microsecond=0)


def rfc3339(moment: dt.datetime) -> str:
    return moment.astimezone(dt.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


NEVER = "1970-01-01T00:00:00Z"
"""What the API returns as the end of a run that has not ended."""


def go_layout(moment: dt.datetime, layout: str) -> str:
    """Formats a time with a layout of Go's ``time`` package; supports its common parts."""
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
