"""A call of the API in, the JSON object that it answered out; everything else is a failure.

Here an answer is believed only when it is the API's: a login page with status 200, a redirect to
one and a proxy's error page all come back from where JSON was asked for. The login is done before
the first call, and once more where a session or a token has come to its end.
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
from kedro_kubeflow.client.failures import Failure, NotSent, Refusal, ServerFault, Untrusted
from kedro_kubeflow.client.http_exchange import Answer, HttpExchange
from kedro_kubeflow.errors import AuthenticationError

logger = logging.getLogger(__name__)

_SHOWN_LENGTH = 600
_PAGE = "a web page"

Done = TypeVar("Done")


class _TurnedAway(Exception):  # noqa: N818 - it says what somebody else did
    """Whoever guards the API wants other credentials; nothing has reached the API."""


class Connection:
    """Calls of one server, with a login that is renewed when it runs out."""

    def __init__(self, host: str, login: Login, exchange: HttpExchange) -> None:
        self.host = host
        self._login = login
        self._exchange = exchange
        self._logged_in = False
        self.proven = False
        """Whether the API has answered once, so that what is odd later is no wrong address."""
        self.dated: Optional[dt.datetime] = None
        """The server's clock, as of its last answer."""

    def call(self, method: str, url: str, **request: Any) -> dict[str, Any]:
        """Makes one call, and a second one where the login had to be renewed.

        Args:
            method: HTTP method.
            url: Without the query.
            request: As :meth:`HttpExchange.send` takes it.

        Raises:
            Failure: What came of it instead.
            AuthenticationError: The credentials were not accepted.
        """
        self._log_in()
        try:
            return self._ask(method, url, request)
        except _TurnedAway as err:
            said = str(err)
        logger.debug("Turned away (%s); %s is renewed", said, self._login.label)
        if not self._renewed():
            raise self._not_accepted(said)
        try:
            return self._ask(method, url, request)
        except _TurnedAway as err:
            said = str(err)
        raise self._not_accepted(said)

    def _ask(self, method: str, url: str, request: dict[str, Any]) -> dict[str, Any]:
        answer = self._exchange.send(method, url, **request)
        self._refuse_move(url, answer)
        found = self._understood(answer, optional=method != "GET")
        self.proven = True
        self.dated = _moment(answer.date)
        return found

    def _refuse_move(self, url: str, answer: Answer) -> None:
        """Tells a server that has moved, to https for one, from a proxy that sends us to a login."""
        target, asked = urlsplit(urljoin(url, answer.location)), urlsplit(url)
        if answer.location and target.path.rstrip("/") == asked.path:
            address = f"{target.scheme}://{target.netloc}{urlsplit(self.host).path}"
            raise Refusal(f"the server has moved; write its new address as host: {address}", 308)

    def _log_in(self) -> None:
        if not self._logged_in:
            self._through_pages(self._login.begin)
            self._logged_in = True

    def _renewed(self) -> bool:
        self._logged_in = False
        renewed = self._through_pages(self._login.renew)
        self._logged_in = True
        return renewed

    def _through_pages(self, step: Callable[[Browser], Done]) -> Done:
        """Does a step of the login; whatever fails there, the call itself was not made."""
        try:
            return step(self._exchange)
        except Failure as err:
            failure = err
        text = f"{self._login.label}: {failure}"
        raise NotSent(text) if failure.may_pass else Untrusted(text)

    def _understood(self, answer: Answer, optional: bool) -> dict[str, Any]:
        status = answer.status
        if status == 401 or 300 <= status < 400:
            raise _TurnedAway(self._words(answer))
        value = _json_object(answer.body, optional)
        if 200 <= status < 300:
            if value is not None:
                return value
            if _is_page(answer):
                raise _TurnedAway(self._words(answer))
            raise ServerFault(f"what it answered is not JSON: {self._words(answer)}", status)
        own_words = value is not None and bool({"error", "error_message"} & set(value))
        if status == 403 and not own_words:
            raise _TurnedAway(self._words(answer))
        words = f"the server answered with {self._words(answer)}"
        if value and own_words:
            words = f"the server answered {status}: {self._exchange.redact(_refusal(value))}"
        if status < 500 and status != 429:
            raise Refusal(words, status, own_words)
        if "already exist" in words:
            raise Refusal(words, status)
        raise ServerFault(words, status)

    def _words(self, answer: Answer) -> str:
        """Says what an answer was that is not the API's."""
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
        return f"status {answer.status}: {_short(self._exchange.redact(text)) or '(nothing)'}"

    def _not_accepted(self, said: str) -> AuthenticationError:
        path = ""
        if _PAGE in said and not self.proven:
            # A wrong path is answered with a page too, by Kubeflow's dashboard for one.
            path = (
                "; if the login is right, the path of the host is not: behind Kubeflow's gateway it "
                "ends in /pipeline"
            )
        return AuthenticationError(
            f"{self.host} did not let us in with {self._login.label}: it answered with {said}; "
            f"{self._login.advice}{path}"
        )


def _json_object(body: bytes, optional: bool) -> Optional[dict[str, Any]]:
    """Reads a JSON object; where it is optional, nothing at all counts as an empty one."""
    if optional and body.strip() in (b"", b"null"):
        return {}
    try:
        value = json.loads(body.decode("utf-8"))
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


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
    """Gives the words of an error of the API, or of its upload endpoints, which differ."""
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
