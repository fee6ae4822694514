"""The requests and responses of this package's test servers."""

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
    """One request as it was received; header names are in lowercase."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        """The query, decoded once; the last value of a repeated key."""
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
    """One response; ``headers`` may contain a name twice, such as ``Set-Cookie``."""

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
    """Everything that a server has received, in order; can be read while the server runs."""

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
        """Returns the requests of one method whose path ends with a string."""
        return [r for r in self if r.method == method and r.path.endswith(path_end)]

    def lines(self, api_only: bool = True) -> list[str]:
        """Returns ``METHOD /path`` of each request, only those of the API or also those of the login."""
        found: Iterator[Optional[str]] = (
            f"{r.method} {r.path.partition('/apis/v1beta1')[2]}"
            if "/apis/v1beta1" in r.path
            else (None if api_only else f"{r.method} {r.path}")
            for r in self
        )
        return [line for line in found if line is not None]
