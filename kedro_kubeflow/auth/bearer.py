"""Sends a token from a variable or a file as ``Authorization: Bearer``."""

from __future__ import annotations

from pathlib import Path
from typing import Optional

import requests

from kedro_kubeflow.auth.login import Browser, Login, Offer
from kedro_kubeflow.auth.secret import Secret, token_of
from kedro_kubeflow.errors import AuthenticationError


class TokenLogin(Login):
    """A login with a bearer token; subclasses say where the token comes from."""

    def __init__(self, token: Optional[Secret] = None) -> None:
        self._token = token or Secret("")

    def authorization(self) -> str:
        """Returns the value of the ``Authorization`` header.

        Raises:
            AuthenticationError: There is no token.
        """
        self._refresh()
        return f"Bearer {self._token.reveal()}"

    def sign(self, request: requests.PreparedRequest) -> None:
        """See :class:`Login`."""
        request.headers["Authorization"] = self.authorization()

    def secrets(self) -> tuple[Secret, ...]:
        """See :class:`Login`."""
        return (self._token,)

    def _refresh(self) -> None:
        """Replaces the token if it may be out of date; called before each request."""


class BearerToken(TokenLogin):
    """The token in ``KUBEFLOW_TOKEN``; nothing renews it."""

    label = "bearer token (KUBEFLOW_TOKEN)"
    advice = (
        "set KUBEFLOW_TOKEN to a token that is valid now, or KUBEFLOW_TOKEN_FILE to a file that "
        "always contains one"
    )

    @classmethod
    def from_offer(cls, offer: Offer) -> Optional[Login]:
        """See :class:`Login`."""
        if not offer.environment.get("KUBEFLOW_TOKEN"):
            return None
        return cls(token_of(Secret(offer.environment["KUBEFLOW_TOKEN"]), "KUBEFLOW_TOKEN"))


class TokenFile(TokenLogin):
    """A token in a file that another program keeps up to date; it is read for every request."""

    label = "bearer token in a file (KUBEFLOW_TOKEN_FILE)"
    advice = "write a token that is valid now to the file in KUBEFLOW_TOKEN_FILE"
    variable = "KUBEFLOW_TOKEN_FILE"

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    @classmethod
    def from_offer(cls, offer: Offer) -> Optional[Login]:
        """See :class:`Login`."""
        path = offer.environment.get(cls.variable)
        return cls(Path(path)) if path else None

    def renew(self, browser: Browser) -> bool:
        """Returns whether the file now contains another token."""
        before = self._token
        self._refresh()
        return self._token != before

    def _refresh(self) -> None:
        origin = f"the file {self._path} ({self.variable})"
        try:
            found = Secret(self._path.read_text(encoding="utf-8"))
        except OSError as err:
            raise AuthenticationError(
                f"{self.label}: cannot read {self._path}: {err.strerror}; {self.advice}"
            ) from err
        except UnicodeDecodeError:
            # Not chained: the decoder's exception quotes the bytes that it could not decode.
            pass
        else:
            # A file can be empty for a moment while it is rewritten.
            if found.reveal().strip() or not self._token:
                self._token = token_of(found, origin)
            return
        raise AuthenticationError(f"{origin} contains no token: it is not UTF-8")
