"""A token in a variable or in a file in, requests with ``Authorization: Bearer`` out."""

from __future__ import annotations

from pathlib import Path
from typing import Optional

import requests

from kedro_kubeflow.auth.login import Browser, Login, Offer
from kedro_kubeflow.auth.secret import Secret, token_of
from kedro_kubeflow.errors import AuthenticationError


class TokenLogin(Login):
    """Sends a token as ``Authorization: Bearer``; subclasses say where it comes from."""

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
        "always holds one"
    )

    @classmethod
    def from_offer(cls, offer: Offer) -> Optional[Login]:
        """See :class:`Login`."""
        if not offer.environment.get("KUBEFLOW_TOKEN"):
            return None
        return cls(token_of(Secret(offer.environment["KUBEFLOW_TOKEN"]), "KUBEFLOW_TOKEN"))


class TokenFile(TokenLogin):
    """A token in a file that somebody else keeps fresh; it is read for every request anew."""

    label = "bearer token in a file (KUBEFLOW_TOKEN_FILE)"
    advice = "write a token that is valid now into the file that KUBEFLOW_TOKEN_FILE names"
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
        """Tells whether the file holds another token by now."""
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
            # Not chained: the exception of the decoder quotes the bytes that it could not decode.
            pass
        else:
            # While a file is being rewritten it can be empty for a moment.
            if found.reveal().strip() or not self._token:
                self._token = token_of(found, origin)
            return
        raise AuthenticationError(f"{origin} holds no token: it is not text in UTF-8")
