"""Makes a call of the API and returns the JSON object of the response; everything else is a failure.

A response is only accepted if it comes from the API: a login page with status 200, a redirect to
one, or a proxy's error page may arrive instead of JSON. The login takes place before the first call,
and again when a session or a token has expired.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import re
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Any, Optional, TypeVar
from urllib.parse import urljoin, urlsplit

from kedro_kubeflow.auth import Browser, Login, ReadPage
from kedro_kubeflow.client.answers import explained, is_for_good
from kedro_kubeflow.client.failures import Failure, NotSent, Refusal, ServerFault, Untrusted
from kedro_kubeflow.client.http_exchange import Answer, HttpExchange
from kedro_kubeflow.errors import AuthenticationError

logger = logging.getLogger(__name__)

_SHOWN_LENGTH = 600
_PAGE = "a web page"
_LAST_GRPC_CODE = 16

Done = TypeVar("Done")


class _Rejected(Exception):  # noqa: N818 - it says what the gateway did
    """The gateway in front of the API wants other credentials; nothing has reached the API."""


class Connection:
    """Calls of one server, with a login that is renewed when it expires."""

    def __init__(self, host: str, login: Login, exchange: HttpExchange) -> None:
        self.host = host
        self._login = login
        self._exchange = exchange
        self._logged_in = False
        self.proven = False
        """Whether the API has answered once, so that a later odd response is not due to a wrong URL."""
        self.server_time: Optional[dt.datetime] = None
        """The server's clock as of its last response."""

    def call(self, method: str, url: str, **request: Any) -> dict[str, Any]:
        """Makes one call, and a second one if the login had to be renewed.

        Args:
            method: HTTP method.
            url: Without the query.
            request: As :meth:`HttpExchange.send` takes it.

        Raises:
            Failure: It failed.
            AuthenticationError: The credentials were not accepted.
        """
        self._log_in()
        try:
            return self._ask(method, url, request)
        except _Rejected as err:
            reason = str(err)
        logger.debug("Rejected (%s); renewing %s", reason, self._login.label)
        if not self._renew():
            raise self._rejection(reason)
        try:
            return self._ask(method, url, request)
        except _Rejected as err:
            reason = str(err)
        raise self._rejection(reason)

    def _ask(self, method: str, url: str, request: dict[str, Any]) -> dict[str, Any]:
        answer = self._exchange.send(method, url, **request)
        self._check_moved(url, answer)
        found = self._parsed(answer, optional=method != "GET")
        self.proven = True
        self.server_time = _moment(answer.date)
        return found

    def _check_moved(self, url: str, answer: Answer) -> None:
        """Refuses the redirect of a server that has moved, to https for one; other redirects lead to a login."""
        target, asked = urlsplit(urljoin(url, answer.location)), urlsplit(url)
        if answer.location and target.path.rstrip("/") == asked.path:
            url = f"{target.scheme}://{target.netloc}{urlsplit(self.host).path}"
            raise Refusal(f"the server has moved; set host to its new URL: {url}", 308)

    def _log_in(self) -> None:
        if not self._logged_in:
            self._login_step(self._login.begin)
            self._logged_in = True

    def _renew(self) -> bool:
        self._logged_in = False
        renewed = self._login_step(self._login.renew)
        self._logged_in = True
        return renewed

    def _login_step(self, step: Callable[[Browser], Done]) -> Done:
        """Takes a step of the login; if it fails, the call itself was not made."""
        try:
            return step(self._exchange)
        except Failure as err:
            failure = err
        text = f"{self._login.label}: {failure}"
        raise NotSent(text) if failure.transient else Untrusted(text)

    def _parsed(self, answer: Answer, optional: bool) -> dict[str, Any]:
        status = answer.status
        if status == 401 or 300 <= status < 400:
            raise _Rejected(self._described(answer))
        value = _json_object(answer.body, optional)
        if 200 <= status < 300:
            if value is not None:
                return value
            if _is_page(answer):
                raise _Rejected(self._described(answer))
            raise ServerFault(f"the response is not JSON: {self._described(answer)}", status)
        from_api = value is not None and _is_of_api(value)
        if status == 403 and not from_api:
            raise _Rejected(self._described(answer))
        words = f"the server answered with {self._described(answer)}"
        if value and from_api:
            words = f"the server answered {status}: {self._exchange.redact(_refusal(value))}"
        words = explained(words)
        if status < 500 and status != 429:
            raise Refusal(words, status, from_api)
        if is_for_good(words):
            raise Refusal(words, status)
        raise ServerFault(words, status)

    def _described(self, answer: Answer) -> str:
        """Describes a response that does not come from the API."""
        if answer.location:
            where = answer.location.partition("?")[0]
            return f"status {answer.status}, a redirect to {where}"
        if _is_page(answer):
            page = ReadPage(answer.body.decode("utf-8", errors="replace"))
            shown = self._exchange.redact(page.title or page.shown)
            return f"status {answer.status}, {_PAGE}: {shown!r}"
        text = answer.body.decode("utf-8", errors="replace")
        value = _json_object(answer.body, optional=False)
        text = _refusal(value) if value else text
        return f"status {answer.status}: {_short(self._exchange.redact(text)) or '(empty)'}"

    def _rejection(self, reason: str) -> AuthenticationError:
        path = ""
        if _PAGE in reason and not self.proven:
            # A wrong path returns a page too, for instance from Kubeflow's dashboard.
            path = (
                "; if the login is right, the path of the host is wrong: behind Kubeflow's gateway, "
                "it ends in /pipeline"
            )
        return AuthenticationError(
            f"{self.host} rejected the request with {self._login.label}: it answered with {reason}; "
            f"{self._login.advice}{path}"
        )


def _json_object(body: bytes, optional: bool) -> Optional[dict[str, Any]]:
    """Reads a JSON object; if it is optional, an empty body counts as an empty one."""
    if optional and body.strip() in (b"", b"null"):
        return {}
    try:
        value = json.loads(body.decode("utf-8"))
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _is_of_api(value: dict[str, Any]) -> bool:
    """Returns whether an error is the API's own: of its uploads, or in one of the two formats of grpc-gateway."""
    code = value.get("code")
    from_gateway = isinstance(code, int) and 0 <= code <= _LAST_GRPC_CODE and "message" in value
    return from_gateway or bool({"error", "error_message"} & set(value))


def _moment(date: str) -> Optional[dt.datetime]:
    try:
        moment = parsedate_to_datetime(date)
    except (TypeError, ValueError, IndexError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.timezone.utc)


def _is_page(answer: Answer) -> bool:
    kind = answer.content_type.lower()
    return "html" in kind or bool(re.match(rb"\s*<(!doctype|html|head|body)", answer.body, re.I))


def _refusal(value: dict[str, Any]) -> str:
    """Returns the message of an error of the API, or of its upload endpoints, which have another format."""
    details = value.get("details")
    detail = details[0] if isinstance(details, list) and details else value
    short = detail.get("error_message", "") if isinstance(detail, dict) else ""
    long = value.get("error") or value.get("message") or value.get("error_details") or ""
    if isinstance(long, dict):
        long = json.dumps(long)
    words = long if short and short in long else ": ".join(filter(None, (short, str(long))))
    return _short(words or json.dumps(value))


def _short(text: str) -> str:
    text = " ".join(str(text).split())
    return text if len(text) <= _SHOWN_LENGTH else f"{text[:_SHOWN_LENGTH]}…"
