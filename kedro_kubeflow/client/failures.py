"""What can become of one exchange with the server, told apart by what may be done next.

::

    Failure
    ├── NotSent         nothing reached the server: anything may be sent again
    ├── Lost            sent, no answer: perhaps it was done, perhaps not
    ├── ServerFault     an answer that says nothing of the request: perhaps it was done
    └── Refusal         the server understood and said no: the same request gets the same answer

They stay inside this package; :func:`ending` turns them into the errors that users see.
"""

from __future__ import annotations

from kedro_kubeflow.errors import ServerError, ServerRefusedError, ServerUnreachableError


class Failure(Exception):  # noqa: N818 - not only errors become failures of this kind
    """One exchange that did not work; the text says what was seen."""

    may_pass = True
    """Whether the same request may get another answer later."""

    surely_not_done = False
    """Whether it is certain that the server did not do what it was asked."""


class NotSent(Failure):
    """No connection, so nothing was asked of the server."""

    surely_not_done = True


class Untrusted(NotSent):
    """No connection, because of its certificate: waiting does not help."""

    may_pass = False


class Lost(Failure):
    """The connection broke or the time was over before the answer was complete."""


class ServerFault(Failure):
    """The server, or what stands before it, answered that it cannot answer."""

    def __init__(self, text: str, status: int) -> None:
        super().__init__(text)
        self.status = status
        # 429 comes before any work; after 502, 503 and 504 the work may have been done.
        self.surely_not_done = status == 429


class Refusal(Failure):
    """The server said no.

    ``taken`` tells that a name is taken: a 409, or from older servers a 500 that says so.
    ``own_words`` is false for a refusal that does not read like one of the API, such as the 404 of
    a gateway whose server is being restarted.
    """

    may_pass = False
    surely_not_done = True

    def __init__(self, text: str, status: int, own_words: bool = True) -> None:
        super().__init__(text)
        self.status = status
        self.own_words = own_words
        self.taken = status == 409 or "already exist" in text


def ending(purpose: str, failure: Failure, advice: str = "") -> ServerError:
    """Makes the error in which an exchange ends for the user.

    Args:
        purpose: What could not be done, such as ``cannot start the run``.
        failure: The last of the failures.
        advice: What to do about it.
    """
    text = f"{purpose}: {failure}"
    if advice:
        text = f"{text}; {advice}"
    if isinstance(failure, Refusal):
        return ServerRefusedError(text)
    if isinstance(failure, ServerFault) and failure.status not in (429, 502, 503, 504):
        return ServerError(text)
    return ServerUnreachableError(text)
