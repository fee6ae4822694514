"""Keeps a secret out of logs and tracebacks."""

from __future__ import annotations

import re

from kedro_kubeflow.errors import AuthenticationError

HIDDEN = "***"

_SHORTEST_APART = 4

_WRAPPING = re.compile(r"^bearer\s+", re.IGNORECASE)
_UNFIT = re.compile(r"[^!-~]")


class Secret:
    """A password or a token, shown as ``***`` when it is printed, formatted or part of a traceback.

    Only :meth:`reveal` returns the secret. Use its result directly in the expression that needs it, not
    in a variable: tracebacks with local variables would show it.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Returns the secret itself."""
        return self._text

    def hide_in(self, text: str) -> str:
        """Returns a string with every occurrence of the secret replaced by ``***``."""
        if not self._text:
            return text
        if len(self._text) >= _SHORTEST_APART:
            return text.replace(self._text, HIDDEN)
        # A secret as short as this also occurs inside other words, where it is not secret.
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
        raise TypeError("a secret cannot be pickled")


def token_of(found: Secret, origin: str) -> Secret:
    """Returns a token as users set it without surrounding spaces and the word Bearer.

    Args:
        found: What was found.
        origin: Where it was found, for the message.

    Raises:
        AuthenticationError: It is empty, or contains characters that an HTTP header cannot contain.
            The HTTP libraries would refuse it too, but their messages quote it.
    """
    token = Secret(_WRAPPING.sub("", found.reveal().strip()))
    if not token:
        raise AuthenticationError(f"{origin} contains no token: it is empty")
    odd = _UNFIT.search(token.reveal())
    if odd:
        place, odd = odd.start() + 1, None
        raise AuthenticationError(
            f"{origin} contains no token: its character {place} is not allowed in an HTTP header. "
            "A token is one word of ASCII letters, digits and punctuation"
        )
    return token
