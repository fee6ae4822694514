"""Checks schedules and dates by the rules of Kubeflow's scheduler.

Kubeflow parses schedules with robfig/cron v1: six fields, seconds first. It accepts five fields too, because
the day of the week is optional there, and so silently misreads a line of Linux's crontab: ``*/5 * * * *`` runs every
five seconds.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Any, Optional

from kedro_kubeflow.errors import InputError

_FIELDS = (
    ("second", 0, 59),
    ("minute", 0, 59),
    ("hour", 0, 23),
    ("day of month", 1, 31),
    ("month", 1, 12),
    ("day of week", 0, 6),
)
_NAMES = {
    "month": ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
    "day of week": ["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
}
_DESCRIPTORS = ("@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly")
_EVERY = re.compile(r"@every\s+((?:\d+(?:\.\d*)?|\.\d+)(?:h|m|s|ms|us|µs|ns))+")
_DAY = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)")
_TIME = re.compile(r"\d{4}-\d\d?-\d\d?[Tt ]+\d")
_EXAMPLE = "'0 0 4 * * *' means every day at 04:00"


def check_cron(text: str) -> str:
    """Checks a schedule.

    Args:
        text: six fields (second, minute, hour, day of month, month, day of week), one of
            ``@yearly``, ``@annually``, ``@monthly``, ``@weekly``, ``@daily``, ``@midnight``,
            ``@hourly``, or ``@every`` with a duration such as ``1h30m``.

    Returns:
        The schedule with single spaces.

    Raises:
        InputError: it is not a valid schedule; for five fields, the message contains the six that are meant.
    """
    line = " ".join(text.split())
    if line.startswith("@"):
        return _checked_descriptor(line)
    fields = line.split()
    if len(fields) == 5:
        raise InputError(
            f"cron expression {line!r}: it has five fields, and Kubeflow would read the first as "
            f"seconds; write {_six_fields(fields)!r} (second, minute, hour, day of month, month, "
            "day of week)"
        )
    if len(fields) != 6:
        raise InputError(
            f"cron expression {line!r}: it has {len(fields)} fields instead of six: second, minute, "
            f"hour, day of month, month, day of week; {_EXAMPLE}"
        )
    for field, (name, low, high) in zip(fields, _FIELDS):
        problem = _problem(field, name, low, high)
        if problem:
            raise InputError(f"cron expression {line!r}: {name} {field!r}: {problem}; {_EXAMPLE}")
    return line


def check_day(value: Any) -> dt.date:
    """Reads a day from a date, or from a string or number like ``20260131`` or ``2026-01-31``.

    Raises:
        ValueError: it is not a date, or has a time, which would be ignored.
    """
    text = str(value)
    if isinstance(value, dt.datetime) or _TIME.match(text):
        raise ValueError(f"{text} contains a time; write only the date, like 2026-01-31")
    found = _DAY.fullmatch(text)  # strptime would also accept 2026131
    try:
        if found:
            return dt.date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        pass
    raise ValueError(f"{value!r} is not a valid date; write it like 20260131 or 2026-01-31")


def _checked_descriptor(line: str) -> str:
    if line in _DESCRIPTORS or _EVERY.fullmatch(line):
        return line
    raise InputError(
        f"cron expression {line!r}: it must be one of {', '.join(_DESCRIPTORS)}, or @every with a "
        "duration such as 1h30m"
    )


def _six_fields(fields: list[str]) -> str:
    """Converts the five fields of a crontab line to six."""
    day_of_week = ",".join(map(_without_seven, fields[4].split(",")))
    return " ".join(["0", *fields[:4], day_of_week])


def _without_seven(days: str) -> str:
    """Replaces 7 in days of the week: on Linux it means Sunday as 0 does, here it is not allowed."""
    found = re.fullmatch(r"(?:(\d)-)?7(?:/(\d+))?", days)
    if not found:
        return days
    first, step = int(found[1] or 7), int(found[2] or 1)
    return ",".join(str(day % 7) for day in range(first, 8, step or 1))


def _problem(field: str, name: str, low: int, high: int) -> str:
    for part in field.split(","):
        span, slash, step = part.partition("/")
        if slash and not (step.isdigit() and int(step) > 0):
            return f"{step!r} is not a valid step"
        if span in ("*", "?"):
            continue
        bounds = [_number(bound, name) for bound in span.split("-", 1)]
        if not all(bound is not None and low <= bound <= high for bound in bounds):
            names = f" or {_NAMES[name][0]} to {_NAMES[name][-1]}" if name in _NAMES else ""
            return f"{span!r} is not in the range {low} to {high}{names}"
        if len(bounds) == 2 and (bounds[0] or 0) > (bounds[1] or 0):
            return f"{span!r} ends before it starts"
    return ""


def _number(text: str, name: str) -> Optional[int]:
    names = _NAMES.get(name, [])
    if text.lower() in names:
        first = 1 if name == "month" else 0
        return names.index(text.lower()) + first
    return int(text) if text.isascii() and text.isdigit() else None
