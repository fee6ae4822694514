"""Gates in front of the API, which let requests pass or answer them."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from typing import Optional, Protocol

from kfp_server.faults import login_page, status
from kfp_server.messages import Answer, Request, html_answer, redirect


class Gate(Protocol):
    """Decides about each request before the API sees it."""

    def stop(self, request: Request) -> Optional[Answer]:
        """Returns the gate's response, or None if the request may pass."""
        ...


class OpenGate:
    """Lets every request pass."""

    def stop(self, request: Request) -> Optional[Answer]:
        return None


class LoginPageTrap:
    """Answers every request with a login page and status 200, as some proxies do."""

    def stop(self, request: Request) -> Optional[Answer]:
        return login_page()


class RedirectTrap:
    """Redirects every request."""

    def __init__(self, location: str) -> None:
        self.location = location

    def stop(self, request: Request) -> Optional[Answer]:
        return redirect(self.location)


class BearerGate:
    """Requires one of the tokens, which can be changed at any time.

    ``echoes`` makes the refusal repeat the token that was sent, as some servers do.
    """

    def __init__(self, tokens: Iterable[str], echoes: bool = False) -> None:
        self.tokens = set(tokens)
        self.echoes = echoes

    def stop(self, request: Request) -> Optional[Answer]:
        token = bearer_token(request)
        if token in self.tokens:
            return None
        return status(401, f"unknown token {token}" if self.echoes else "Unauthenticated")


class IapGate:
    """Requires an identity token for its audience that has not expired.

    Args:
        audience: The OAuth client id of the proxy.
        issued: All tokens of the token endpoint; any other is refused.
    """

    def __init__(self, audience: str, issued: set[str]) -> None:
        self.audience = audience
        self.issued = issued

    def stop(self, request: Request) -> Optional[Answer]:
        token = bearer_token(request)
        if not token:
            return _iap_refusal("empty token")
        if token not in self.issued:
            return _iap_refusal("Unable to parse JWT")
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        if claims.get("aud") != self.audience:
            return _iap_refusal("JWT audience doesn't match this application")
        return None


def _iap_refusal(reason: str) -> Answer:
    return html_answer(f"Invalid IAP credentials: {reason}", 401)


def bearer_token(request: Request) -> str:
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return token if kind.lower() == "bearer" else ""
