"""Reads the API's objects, as JSON gives them, into records with an attribute for each field that is used here.

Fields that are not used are left out, those that are missing are None. Any other shape is an error,
so that no later code meets a mapping where it expects a string.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

Reader = Callable[[Any, str], Any]
"""Turns a value of JSON that is not null into a field's value; the second argument is its place."""

_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)")


def text(value: Any, place: str) -> str:
    """Reads a string; a number is one, too, since servers differ in how they write ids and values."""
    if isinstance(value, (Mapping, list)):
        raise ValueError(f"{place} is not a string")
    return value if isinstance(value, str) else str(value)


def moment(value: Any, place: str) -> dt.datetime:
    """Reads a time as RFC 3339 writes it."""
    found = _TIME.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f"{place} is not a time: {value!r}")
    seconds, fraction, zone = found.groups()
    offset = "+00:00" if zone == "Z" else zone
    # Python 3.9 reads just three or six digits of a second.
    return dt.datetime.fromisoformat(f"{seconds}.{(fraction or '.0')[1:7]:0<6}{offset}")


def rows(item: Reader) -> Reader:
    """Reads a list of objects."""

    def read(value: Any, place: str) -> list[Any]:
        if not isinstance(value, list):
            raise ValueError(f"{place} is not a list")
        return [item(each, f"{place}[{index}]") for index, each in enumerate(value)]

    return read


def record(**fields: Reader) -> Reader:
    """Reads an object with these fields."""

    def read(value: Any, place: str) -> Any:
        if not isinstance(value, Mapping):
            raise ValueError(f"{place or 'it'} is not an object")
        return SimpleNamespace(
            **{
                name: None
                if value.get(name) is None
                else reader(value[name], f"{place}.{name}" if place else name)
                for name, reader in fields.items()
            }
        )

    return read


def page(name: str, item: Reader) -> Reader:
    """Reads a page of a list, whose rows are in the field ``name``."""
    return record(**{name: rows(item)}, next_page_token=text)


NOTHING = record()
REFERENCES = rows(record(key=record(type=text, id=text)))
EXPERIMENT = record(id=text, name=text)
VERSION = record(
    id=text, name=text, created_at=moment, parameters=rows(record(name=text, value=text))
)
PIPELINE = record(id=text, name=text, description=text, created_at=moment, default_version=VERSION)
TEMPLATE = record(template=text)
_SOURCE = {"pipeline_spec": record(pipeline_id=text), "resource_references": REFERENCES}
JOB = record(id=text, name=text, **_SOURCE)
RUN = record(
    id=text,
    name=text,
    status=text,
    error=text,
    created_at=moment,
    finished_at=moment,
    **_SOURCE,
)
RUN_DETAIL = record(run=RUN, pipeline_runtime=record(workflow_manifest=text))
ARTIFACT = record(data=text)


def present(**fields: Any) -> dict[str, Any]:
    """Returns the body of a request: what is None is left out."""
    return {name: value for name, value in fields.items() if value is not None}
