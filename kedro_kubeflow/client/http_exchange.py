"""Sends one HTTP request and returns status, headers and body as they arrive, or raises a failure.

It retries nothing, follows no redirects and checks no content. ``requests`` must not read the
environment by itself: it would replace a bearer token by the entry of ``~/.netrc`` for the host.
"""

from __future__ import annotations

import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Optional, Union
from urllib.parse import urlsplit

import requests
import urllib3.exceptions

from kedro_kubeflow.auth import Login, Page, Secret
from kedro_kubeflow.client.deadline import within
from kedro_kubeflow.client.failures import Failure, Lost, NotSent, ServerFault
from kedro_kubeflow.client.network import network_failure, too_slow
from kedro_kubeflow.client.policy import RequestPolicy

USER_AGENT = "kedro-kubeflow"

_cookie_header: Any = requests.cookies.get_cookie_header


@dataclass(frozen=True)
class Answer:
    """Any HTTP response; what may contain credentials is not in its ``repr``."""

    status: int
    body: bytes = field(repr=False)
    content_type: str = ""
    location: str = field(default="", repr=False)
    date: str = ""


class HttpExchange:
    """A session with one server: its cookies, proxies and certificate authorities.

    It is also the browser that a login uses for its forms.
    """

    def __init__(
        self,
        host: str,
        login: Login,
        authorities: Union[str, bool],
        environment: Mapping[str, str],
        policy: RequestPolicy,
    ) -> None:
        self._login = login
        self._policy = policy
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.verify = authorities
        self._session.proxies.update(proxies_for(host, environment))
        # Each request has a connection of its own: a kept one may be dead after a server restarts,
        # and then it is unknown whether the server has read a request on it.
        self._session.headers.update({"User-Agent": USER_AGENT, "Connection": "close"})
        if urlsplit(host).scheme == "http":
            # With a port forwarded to localhost, http reaches a proxy that marks its cookies Secure.
            policy_for_http = DefaultCookiePolicy(secure_protocols=("http", "https"))
            self._session.cookies.set_policy(policy_for_http)

    def send(
        self,
        method: str,
        url: str,
        *,
        query: Any = None,
        body: Optional[bytes] = None,
        files: Any = None,
        headers: Optional[Mapping[str, str]] = None,
        seconds: Optional[float] = None,
    ) -> Answer:
        """Sends one request with the login's credentials.

        Args:
            method: HTTP method.
            url: Without the query.
            query: Pairs of names and values, encoded once.
            body: The body, unless there are files.
            files: Files for a multipart body, as requests takes them.
            headers: Further headers.
            seconds: Limit for the complete response; by default the policy's.

        Raises:
            Failure: Nothing was sent, or there was no response.
            AuthenticationError: There are no credentials to send.
        """
        request = requests.Request(
            method, url, params=query, data=body, files=files, headers=dict(headers or {})
        )
        return self._sent(self._prepared(request), seconds, self._login.sign)

    def visit(
        self, method: str, url: str, form: Optional[Mapping[str, Union[str, Secret]]] = None
    ) -> Page:
        """See :class:`~kedro_kubeflow.auth.login.Browser`."""
        prepared = self._prepared(
            requests.Request(
                method,
                url,
                data={k: v.reveal() if isinstance(v, Secret) else v for k, v in form.items()}
                if form
                else None,
                headers={"Accept": "text/html"},
            )
        )
        try:
            answer = self._sent(prepared, None, _unsigned)
        except (NotSent, Lost) as err:
            # Several servers take part in a login: say which one failed.
            raise type(err)(f"{urlsplit(url).netloc}: {err}") from None
        text = answer.body.decode("utf-8", errors="replace")
        if answer.status >= 500:
            # A gateway whose servers restart says nothing about the credentials.
            raise ServerFault(f"{url.partition('?')[0]} answered {answer.status}", answer.status)
        return Page(prepared.url or url, answer.status, text, answer.location)

    def forget(self) -> None:
        """See :class:`~kedro_kubeflow.auth.login.Browser`."""
        self._session.cookies.clear()

    def redact(self, text: str) -> str:
        """Replaces credentials and session cookies in a string, whoever wrote it."""
        cookies = (Secret(cookie.value or "") for cookie in self._session.cookies)
        for secret in (*self._login.secrets(), *cookies):
            text = secret.hide_in(text)
        return text

    def _prepared(self, request: requests.Request) -> requests.PreparedRequest:
        prepared = self._session.prepare_request(request)
        # Set again: requests copies the cookies into a jar that does not have our policy.
        cookies = _cookie_header(self._session.cookies, prepared)
        if cookies:
            prepared.headers["Cookie"] = cookies
        return prepared

    def _sent(
        self,
        prepared: requests.PreparedRequest,
        seconds: Optional[float],
        sign: Callable[[requests.PreparedRequest], None],
    ) -> Answer:
        limit = self._policy.answer_seconds if seconds is None else seconds
        connect = min(self._policy.connect_seconds, limit)

        def work() -> Answer:
            sign(prepared)
            response = self._session.send(
                prepared,
                timeout=(connect, limit),
                allow_redirects=False,
                **self._session.merge_environment_settings(
                    prepared.url or "", {}, None, None, None
                ),
            )
            headers = response.headers
            return Answer(
                response.status_code,
                response.content,
                headers.get("Content-Type", ""),
                headers.get("Location", "") if response.is_redirect else "",
                headers.get("Date", ""),
            )

        failure: Failure
        try:
            return within(limit, work)
        except TimeoutError:
            failure = too_slow(limit)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as err:
            failure = network_failure(err, connect, limit)
        # Raised outside of the handler: exceptions of the HTTP libraries contain the request with
        # its headers, and so would every error that is chained to them.
        raise failure


def _unsigned(request: requests.PreparedRequest) -> None:
    """Leaves a request to a login page as it is: it already has the cookies."""


def proxies_for(host: str, environment: Mapping[str, str]) -> dict[str, str]:
    """Returns the proxy that the environment sets for a host, in the format of requests."""
    parts = urlsplit(host)

    def variable(name: str) -> str:
        return environment.get(name.lower(), "") or environment.get(name.upper(), "")

    no_proxy = {"no": variable("no_proxy")}
    if no_proxy["no"] and urllib.request.proxy_bypass_environment(parts.netloc, no_proxy):  # type: ignore[attr-defined]
        return {}
    proxy = variable(f"{parts.scheme}_proxy") or variable("all_proxy")
    return {"http": proxy, "https": proxy} if proxy else {}
