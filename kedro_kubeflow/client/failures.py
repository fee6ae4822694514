"""The ways in which one exchange with the server can fail, by what may be done next.

::

    Failure
    ├── NotSent         nothing reached the server: any request may be sent again
    ├── Lost            sent, no response: it may have been done or not
    ├── ServerFault     a response that says nothing about the request: it may have been done
    └── Refusal         the server refused: the same request gets the same response

They stay inside this package; :func:`server_error` turns them into the errors that users see.
"""

from __future__ import annotations

from kedro_kubeflow.errors import ServerError, ServerRefusedError, ServerUnreachableError


class Failure(Exception):  # noqa: N818 - the errors that users see are others
    """One exchange that failed; the message says what happened."""

    transient = True
    """Whether the same request may succeed later."""

    certainly_not_done = False
    """Whether the server certainly did not do what was requested."""

    probably_not_done = False
    """Whether a request that has left no trace may be sent again."""


class NotSent(Failure):
    """No connection, so nothing was sent to the server."""

    certainly_not_done = True


class Untrusted(NotSent):
    """No connection, because of the certificate or the URL: waiting does not help."""

    transient = False


class Lost(Failure):
    """The connection broke or timed out before the response was complete."""


class ServerFault(Failure):
    """The server, or a proxy in front of it, failed to handle the request."""

    def __init__(self, text: str, status: int) -> None:
        super().__init__(text)
        self.status = status
        # 429 should be sent before any work. Some gateways count the requests that they have passed on.
        self.probably_not_done = status == 429


class Refusal(Failure):
    """The server refused the request.

    ``name_taken`` is true if the name already exists: a 409, or from older servers a 500 that says so.
    ``from_api`` is false for a refusal that does not have the API's format, such as the 404 of
    a gateway whose server is restarting.
    """

    transient = False
    certainly_not_done = True

    def __init__(self, text: str, status: int, from_api: bool = True) -> None:
        super().__init__(text)
        self.status = status
        self.from_api = from_api
        self.name_taken = status == 409 or "already exist" in text


def server_error(purpose: str, failure: Failure, advice: str = "") -> ServerError:
    """Returns the error that the user sees.

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
