"""Requests as they came in and answers as they go out, for the test servers of this package."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any, Optional
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Request:
    """One request, as it stood on the wire; header names are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        """The query, decoded once; of a key that comes twice the last value."""
        parsed = parse_qs(urlsplit(self.target).query, keep_blank_values=True)
        return {key: values[-1] for key, values in parsed.items()}

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, str]:
        parsed = parse_qs(self.body.decode(), keep_blank_values=True)
        return {key: values[-1] for key, values in parsed.items()}

    @property
    def cookies(self) -> dict[str, str]:
        cookie: SimpleCookie = SimpleCookie(self.headers.get("cookie", ""))
        return {name: morsel.value for name, morsel in cookie.items()}


@dataclass(frozen=True)
class Answer:
    """One answer; ``headers`` may hold a name twice, as ``Set-Cookie`` does."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()


def json_answer(value: Any, status: int = 200) -> Answer:
    return Answer(status, json.dumps(value).encode())


def html_answer(text: str, status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    return Answer(status, text.encode(), "text/html; charset=utf-8", headers)


def redirect(location: str, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    return Answer(302, b"", "text/html; charset=utf-8", (("Location", location), *headers))


@dataclass
class Recording:
    """Everything that a server received, in order, safe to read while it goes on."""

    _requests: list[Request] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, request: Request) -> None:
        with self._lock:
            self._requests.append(request)

    def clear(self) -> None:
        with self._lock:
            self._requests.clear()

    def __iter__(self) -> Iterator[Request]:
        with self._lock:
            return iter(tuple(self._requests))

    def __len__(self) -> int:
        return len(self._requests)

    def matching(self, method: str, path_end: str) -> list[Request]:
        """Gives the requests of one method whose path ends with the text."""
        return [r for r in self if r.method == method and r.path.endswith(path_end)]

    def lines(self, api_only: bool = True) -> list[str]:
        """Gives ``METHOD /path`` of each request, of the API alone or of the login too."""
        found: Iterator[Optional[str]] = (
            f"{r.method} {r.path.partition('/apis/v1beta1')[2]}"
            if "/apis/v1beta1" in r.path
            else (None if api_only else f"{r.method} {r.path}")
            for r in self
        )
        return [line for line in found if line is not None]
