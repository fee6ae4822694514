"""Makes requests fail in a given way, a given number of times."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from typing import Optional

from kfp_server.messages import Answer, Request, html_answer, json_answer

FOR_EVER = -1


@dataclass
class Fault:
    """A fault to inject.

    The first of these that is set decides what happens: ``cut_upload_after`` (bytes of the body that
    are read before the connection is reset), ``close`` (the connection is reset without a response, or
    closed normally if ``politely``), ``answer``. With ``after_work``, the server does its work first, so
    that only the response is lost or replaced. ``delay`` comes before any of them, and alone it only
    slows down the response; ``drip`` is the number of seconds between two bytes of the response.
    """

    method: str = ""
    path: str = ""
    times: int = 1
    skip: int = 0
    delay: float = 0.0
    drip: float = 0.0
    cut_upload_after: Optional[int] = None
    close: bool = False
    politely: bool = False
    answer: Optional[Answer] = None
    after_work: bool = False

    def matches(self, request: Request) -> bool:
        return self.method in ("", request.method) and bool(re.search(self.path, request.path))


@dataclass
class FaultPlan:
    """The active faults; each request gets the first one that matches and is not used up."""

    _faults: list[Fault] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

    def take(self, request: Request) -> Optional[Fault]:
        with self._lock:
            for fault in self._faults:
                if not fault.matches(request) or fault.times == 0:
                    continue
                if fault.skip > 0:
                    fault.skip -= 1
                    continue
                if fault.times != FOR_EVER:
                    fault.times -= 1
                return fault
        return None


def status(code: int, text: str = "told to fail", gateway: int = 1) -> Answer:
    """Returns an error of the API server, with the gRPC code of the HTTP status.

    Version 2 of grpc-gateway, in KFP from 2.14 on, writes no key ``error``.
    """
    grpc_code = {400: 3, 401: 16, 403: 7, 404: 5, 409: 6, 500: 13, 503: 14}.get(code, 2)
    details = [
        {"@type": "type.googleapis.com/api.Error", "error_message": text, "error_details": text}
    ]
    error = {"error": text} if gateway == 1 else {}
    body = {**error, "code": grpc_code, "message": text, "details": details}
    return json_answer(body, code)


def gateway_error(code: int = 503) -> Answer:
    """Returns the response of a proxy whose API server is down."""
    return Answer(code, b"no healthy upstream", "text/plain")


def not_utf8(code: int = 200) -> Answer:
    return Answer(code, b'{"message": "caf\xe9"}')


def login_page() -> Answer:
    return html_answer(
        "<!doctype html><html><head><title>Log in to Kubeflow</title></head>"
        "<body><form method='post'><input name='login'></form></body></html>"
    )
