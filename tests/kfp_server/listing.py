"""Returns pages of rows for list requests."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import unquote_plus

from kfp_server.clock import rfc3339
from kfp_server.errors import invalid

DEFAULT_PAGE = 20
LARGEST_PAGE = 200

_OPERATIONS: dict[Any, Callable[[str, str], bool]] = {
    1: lambda value, wanted: value == wanted,
    2: lambda value, wanted: value != wanted,
    9: lambda value, wanted: wanted in value,
}
_OPERATIONS.update(EQUALS=_OPERATIONS[1], NOT_EQUALS=_OPERATIONS[2], IS_SUBSTRING=_OPERATIONS[9])

Row = TypeVar("Row")


def decode_again(text: str) -> str:
    """Decodes a second time, like the server: a stray percent sign is refused."""
    if re.search(r"%(?![0-9a-fA-F]{2})", text):
        raise invalid(f'invalid URL escape in "{text}"')
    return unquote_plus(text)


def page_of(rows: Sequence[Row], query: Mapping[str, str]) -> tuple[list[Row], int, str]:
    """Filters, sorts and cuts; returns the page, the number of matching rows, the next token."""
    rows = [row for row in rows if _fits(row, query.get("filter", ""))]
    rows = _sorted(rows, query.get("sort_by", ""))
    size = int(query.get("page_size") or DEFAULT_PAGE)
    if size < 0:
        raise invalid(f"The page size should be greater than 0, found {size}")
    size = min(size or DEFAULT_PAGE, LARGEST_PAGE)
    start = _start(query.get("page_token", ""))
    end = start + size
    token = _token(end) if end < len(rows) else ""
    return rows[start:end], len(rows), token


def _fits(row: object, text: str) -> bool:
    if not text:
        return True
    try:
        predicates = json.loads(decode_again(text)).get("predicates", [])
    except ValueError:
        raise invalid("failed to parse valid filter") from None
    for predicate in predicates:
        operation = _OPERATIONS.get(predicate.get("op"))
        wanted = predicate.get("stringValue", predicate.get("string_value"))
        if operation is None or wanted is None:
            raise invalid(f"unsupported predicate {predicate}")
        if not operation(str(_value(row, predicate["key"])).lower(), wanted.lower()):
            return False
    return True


def _sorted(rows: list[Row], sort_by: str) -> list[Row]:
    if not sort_by:
        return rows
    key, _, direction = sort_by.partition(" ")
    if direction not in ("", "asc", "desc"):
        raise invalid(f"Received invalid order by format {sort_by!r}")
    return sorted(rows, key=lambda row: str(_value(row, key)), reverse=direction == "desc")


def _value(row: object, key: str) -> Any:
    if key not in ("id", "name", "created_at", "description"):
        raise invalid(f"Invalid sorting or filtering field: {key!r}")
    value = getattr(row, key)
    return rfc3339(value) if key == "created_at" else value


def _token(start: int) -> str:
    return base64.b64encode(json.dumps({"start": start}).encode()).decode()


def _start(token: str) -> int:
    if not token:
        return 0
    try:
        return int(json.loads(base64.b64decode(token, validate=True))["start"])
    except (ValueError, KeyError, TypeError):
        raise invalid("The page token is invalid") from None
