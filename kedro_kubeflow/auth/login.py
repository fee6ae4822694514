"""What every way to log in has in common: requests in, requests that carry credentials out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Optional, Protocol, Union

import requests

from kedro_kubeflow.auth.secret import Secret


@dataclass(frozen=True)
class Page:
    """One answer to a browser: its address, HTTP status, text, and where it redirects to.

    The text may repeat a password and the addresses carry codes, so its ``repr`` shows neither.
    """

    url: str = field(repr=False)
    status: int
    text: str = field(repr=False)
    location: str = field(default="", repr=False)


class Browser(Protocol):
    """Something that visits pages one by one, keeps cookies, and follows no redirect by itself."""

    def visit(
        self, method: str, url: str, form: Optional[Mapping[str, Union[str, Secret]]] = None
    ) -> Page:
        """Visits a page; ``form`` is sent as a browser sends a form."""
        ...

    def forget(self) -> None:
        """Drops all cookies."""
        ...


@dataclass(frozen=True)
class Offer:
    """What a login is chosen by: environment variables, not shown, and the server's base URL."""

    environment: Mapping[str, str] = field(repr=False)
    host: str


class Login(ABC):
    """A way to log in, ready to be used.

    Attributes:
        label: What it is called in messages, with the variables that chose it.
        advice: What to look at when it was not accepted.
    """

    label: ClassVar[str]
    advice: ClassVar[str]

    @classmethod
    @abstractmethod
    def from_offer(cls, offer: Offer) -> Optional[Login]:
        """Gives the login, or None where the environment does not offer it.

        Args:
            offer: Environment variables and host; an empty variable counts as not set.

        Raises:
            AuthenticationError: The environment offers one half of it.
        """

    def begin(self, browser: Browser) -> None:  # noqa: B027 - most need no pages
        """Does what has to be done once before the first request, such as filling in a form.

        Raises:
            AuthenticationError: The credentials are wrong or cannot be had.
        """

    def sign(self, request: requests.PreparedRequest) -> None:  # noqa: B027 - cookies need none
        """Puts the credentials on a request that is about to be sent.

        Raises:
            AuthenticationError: The credentials cannot be had.
        """

    def renew(self, browser: Browser) -> bool:
        """Gets new credentials after the old ones were turned away.

        Returns:
            Whether there is anything new, so that another try makes sense.

        Raises:
            AuthenticationError: The credentials are wrong or cannot be had.
        """
        return False

    def secrets(self) -> tuple[Secret, ...]:
        """Gives the secrets that are to be blotted out of everything that the server says."""
        return ()
