"""The interface of every login, which adds credentials to requests."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Optional, Protocol, Union

import requests

from kedro_kubeflow.auth.secret import Secret


@dataclass(frozen=True)
class Page:
    """A page in a browser: its URL, HTTP status, text, and where it redirects to.

    The text may repeat a password and the URLs contain codes, so its ``repr`` shows neither.
    """

    url: str = field(repr=False)
    status: int
    text: str = field(repr=False)
    location: str = field(default="", repr=False)


class Browser(Protocol):
    """Visits pages one by one and keeps cookies; does not follow redirects."""

    def visit(
        self, method: str, url: str, form: Optional[Mapping[str, Union[str, Secret]]] = None
    ) -> Page:
        """Visits a page; ``form`` is sent like a form of a browser."""
        ...

    def forget(self) -> None:
        """Drops all cookies."""
        ...


@dataclass(frozen=True)
class Offer:
    """What decides on the login: environment variables (not in the ``repr``) and the server's base URL."""

    environment: Mapping[str, str] = field(repr=False)
    host: str


class Login(ABC):
    """A login that is ready to use.

    Attributes:
        label: Its name in messages, with the variables that select it.
        advice: What to check if it was rejected.
    """

    label: ClassVar[str]
    advice: ClassVar[str]

    @classmethod
    @abstractmethod
    def from_offer(cls, offer: Offer) -> Optional[Login]:
        """Returns the login, or None if the environment does not configure it.

        Args:
            offer: Environment variables and host; an empty variable counts as not set.

        Raises:
            AuthenticationError: The environment contains only half of it.
        """

    def begin(self, browser: Browser) -> None:  # noqa: B027 - most need no pages
        """Does what is necessary once before the first request, such as filling in a form.

        Raises:
            AuthenticationError: The credentials are wrong or unavailable.
        """

    def sign(self, request: requests.PreparedRequest) -> None:  # noqa: B027 - cookies need none
        """Adds the credentials to a request.

        Raises:
            AuthenticationError: The credentials are unavailable.
        """

    def renew(self, browser: Browser) -> bool:
        """Gets new credentials after the old ones were rejected.

        Returns:
            Whether the credentials are new, so that another attempt makes sense.

        Raises:
            AuthenticationError: The credentials are wrong or unavailable.
        """
        return False

    def secrets(self) -> tuple[Secret, ...]:
        """Returns the secrets that are hidden in everything that the server answers."""
        return ()
