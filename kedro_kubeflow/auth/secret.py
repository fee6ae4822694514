"""A text that must not be seen in, an object that shows it to nobody by accident out."""

from __future__ import annotations

import re

from kedro_kubeflow.errors import AuthenticationError

HIDDEN = "***"

_SHORTEST_APART = 4

_WRAPPING = re.compile(r"^bearer\s+", re.IGNORECASE)
_UNFIT = re.compile(r"[^!-~]")


class Secret:
    """A password or a token: printed, formatted or looked at in a traceback, it is ``***``.

    Its text comes out of :meth:`reveal` alone. Use it in the expression that hands it on and keep
    it in no variable: tracebacks that show local variables would show it.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Gives the text itself."""
        return self._text

    def hide_in(self, text: str) -> str:
        """Gives another text with every occurrence of the secret blotted out."""
        if not self._text:
            return text
        if len(self._text) >= _SHORTEST_APART:
            return text.replace(self._text, HIDDEN)
        # What is as short as that stands in other words too, and is no secret there.
        return re.sub(rf"(?<!\w){re.escape(self._text)}(?!\w)", lambda _: HIDDEN, text)

    def __repr__(self) -> str:
        return HIDDEN

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __bool__(self) -> bool:
        return bool(self._text)

    def __reduce__(self) -> str:
        raise TypeError("a secret is not pickled")


def token_of(found: Secret, origin: str) -> Secret:
    """Makes a token of a text as people set it: spaces around it and the word Bearer are dropped.

    Args:
        found: What was found.
        origin: Where it was found, for the message.

    Raises:
        AuthenticationError: It is empty, or holds what no HTTP header can carry. The HTTP libraries
            would refuse it too, but their messages quote it.
    """
    token = Secret(_WRAPPING.sub("", found.reveal().strip()))
    if not token:
        raise AuthenticationError(f"{origin} holds no token: it is empty")
    odd = _UNFIT.search(token.reveal())
    if odd:
        place, odd = odd.start() + 1, None
        raise AuthenticationError(
            f"{origin} holds no token: its character {place} is one that no HTTP header can carry. "
            "A token is one word of ASCII letters, digits and signs"
        )
    return token
