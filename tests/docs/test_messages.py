"""The messages that pages explain are those that the code has."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from page_commands import DOCS

import kedro_kubeflow

SOURCES = Path(kedro_kubeflow.__file__).parent


def texts_of(source: str) -> Iterator[str]:
    """Gives all texts in a module's code, with an ellipsis for each value that is put in."""
    tree = ast.parse(source)
    for part in ast.walk(tree):
        if isinstance(part, ast.JoinedStr):
            yield "".join(
                value.value if isinstance(value, ast.Constant) else "…" for value in part.values
            )
        elif isinstance(part, ast.Constant) and isinstance(part.value, str):
            # What the logging module fills in later.
            yield re.sub(r"%[\d.,]*[srfd]", "…", part.value)


def said_by_the_code() -> list[str]:
    modules = (path for path in SOURCES.rglob("*.py") if "starters" not in path.parts)
    return [text for path in modules for text in texts_of(path.read_text(encoding="utf-8"))]


def messages_of(page: str) -> list[str]:
    """Gives the code in the first columns of the tables that begin with `Message`."""
    found: list[str] = []
    inside = False
    for line in (DOCS / page).read_text(encoding="utf-8").splitlines():
        inside = line.startswith("|") and (inside or line.startswith("| Message |"))
        if inside:
            found += re.findall(r"`([^`]+)`", line.split(" | ")[0])
    return found


@pytest.mark.parametrize(("page", "least"), [("troubleshooting.md", 35), ("authentication.md", 12)])
def test_each_message_is_one_of_the_code(page: str, least: int) -> None:
    known = said_by_the_code()
    explained = messages_of(page)

    unknown = [message for message in explained if not any(message in text for text in known)]
    assert not unknown
    assert len(explained) >= least
