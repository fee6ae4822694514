"""Logs in to Google's proxies with the Google credentials of this machine.

It never asks the user: kfp's own code for these proxies may open a prompt or a browser, which
hangs in CI. google-auth itself reads ``GOOGLE_APPLICATION_CREDENTIALS``.
"""

from __future__ import annotations

import base64
import binascii
import json
import time
from abc import abstractmethod
from typing import Any, Optional
from urllib.parse import urlsplit

from kedro_kubeflow.auth.bearer import TokenLogin
from kedro_kubeflow.auth.login import Browser, Login, Offer
from kedro_kubeflow.auth.secret import Secret, token_of
from kedro_kubeflow.errors import AuthenticationError

_RENEW_BEFORE_SECONDS = 60
_SCOPE = "https://www.googleapis.com/auth/cloud-platform"


class _GoogleToken(TokenLogin):
    def renew(self, browser: Browser) -> bool:
        """See :class:`Login`."""
        self._fetch()
        return True

    def _refresh(self) -> None:
        if self._expired():
            self._fetch()

    def _fetch(self) -> None:
        google = _google_auth(self)
        try:
            fetched = self._fetched(google)
        except (google.GoogleAuthError, ValueError) as err:
            problem = _one_line(err)
        else:
            self._token = token_of(fetched, "Google's response")
            return
        raise AuthenticationError(
            f"{self.label}: Google returned no token: {problem}; {self.advice}"
        )

    @abstractmethod
    def _expired(self) -> bool:
        """Returns whether the token has expired, or is about to."""

    @abstractmethod
    def _fetched(self, google: _GoogleAuth) -> Secret:
        """Fetches a token from Google."""


class IdentityAwareProxy(_GoogleToken):
    """Google's Identity-Aware Proxy: an identity token for its OAuth client.

    google-auth gets one for a service account and on Google's machines, not for the credentials
    of ``gcloud auth application-default login``.
    """

    label = "Identity-Aware Proxy (IAP_CLIENT_ID)"
    advice = (
        "set IAP_CLIENT_ID to the OAuth client id of the proxy and GOOGLE_APPLICATION_CREDENTIALS "
        "to the key file of a service account that has access (credentials of `gcloud auth "
        "application-default login` do not work here)"
    )

    def __init__(self, client_id: str) -> None:
        super().__init__()
        self._client_id = client_id

    @classmethod
    def from_offer(cls, offer: Offer) -> Optional[Login]:
        """See :class:`Login`."""
        client_id = offer.environment.get("IAP_CLIENT_ID")
        return cls(client_id) if client_id else None

    def _expired(self) -> bool:
        return time.time() > _expiry(self._token) - _RENEW_BEFORE_SECONDS

    def _fetched(self, google: _GoogleAuth) -> Secret:
        return Secret(google.id_token.fetch_id_token(google.Request(), self._client_id))


class InverseProxy(_GoogleToken):
    """A host under ``googleusercontent.com``: an access token from the default credentials."""

    label = "Google's default credentials (the host is under googleusercontent.com)"
    advice = (
        "run `gcloud auth application-default login`, or set GOOGLE_APPLICATION_CREDENTIALS to the "
        "key file of a service account that may use the pipelines"
    )

    def __init__(self) -> None:
        super().__init__()
        self._credentials: Any = None

    @classmethod
    def from_offer(cls, offer: Offer) -> Optional[Login]:
        """See :class:`Login`."""
        name = urlsplit(offer.host).hostname or ""
        return cls() if name.endswith(".googleusercontent.com") else None

    def _expired(self) -> bool:
        return self._credentials is None or not self._credentials.valid

    def _fetched(self, google: _GoogleAuth) -> Secret:
        if self._credentials is None:
            self._credentials, _ = google.default(scopes=[_SCOPE])
        self._credentials.refresh(google.Request())
        return Secret(self._credentials.token or "")


class _GoogleAuth:
    """The parts of google-auth in use, imported on demand: it is an optional dependency."""

    def __init__(self) -> None:
        import google.auth
        from google.auth.exceptions import GoogleAuthError
        from google.auth.transport.requests import Request
        from google.oauth2 import id_token

        self.default = google.auth.default
        self.id_token = id_token
        self.Request = Request
        self.GoogleAuthError = GoogleAuthError


def _google_auth(login: Login) -> _GoogleAuth:
    try:
        return _GoogleAuth()
    except ImportError as err:
        raise AuthenticationError(
            f"{login.label}: the package google-auth is not installed; install it with `pip install "
            "'google-auth>=2.0'`"
        ) from err


def _expiry(token: Secret) -> float:
    """Returns when an identity token expires, in seconds since 1970; 0 if unknown."""
    try:
        payload = token.reveal().split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return float(claims["exp"])
    except (IndexError, KeyError, TypeError, ValueError, binascii.Error):
        return 0.0


def _one_line(err: Exception) -> str:
    return " ".join(str(err).split())[:300]
