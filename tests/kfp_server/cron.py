"""Checks cron expressions by the rules of robfig/cron v1."""

from __future__ import annotations

import re

from kfp_server.errors import invalid

_RANGES = ((0, 59), (0, 59), (0, 23), (1, 31), (1, 12), (0, 6))
_NAMES = {
    4: "jan feb mar apr may jun jul aug sep oct nov dec".split(),
    5: "sun mon tue wed thu fri sat".split(),
}
_DESCRIPTORS = ("@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly")


def check(text: str) -> None:
    """Accepts five fields too, like the server: the day of the week is optional."""
    if text in _DESCRIPTORS or re.fullmatch(r"@every (\d+(\.\d+)?(h|m|s|ms|us|ns))+", text):
        return
    fields = text.split()
    if not 5 <= len(fields) <= 6 or not all(map(_fits, fields, range(6))):
        raise invalid(f"Schedule cron is not a supported format: {text}")


def _fits(field: str, place: int) -> bool:
    low, high = _RANGES[place]
    for part in field.split(","):
        span, _, step = part.partition("/")
        if step and not step.isdigit():
            return False
        if span in ("*", "?"):
            continue
        for bound in span.split("-"):
            if bound.lower() in _NAMES.get(place, []):
                continue
            if not bound.isdigit() or not low <= int(bound) <= high:
                return False
    return True
