"""Calls the Kubeflow Pipelines API, as often as it is safe."""

from __future__ import annotations

import datetime as dt
import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any, Optional, TypeVar

from kedro_kubeflow.client.connection import Connection
from kedro_kubeflow.client.failures import Failure, Refusal, server_error
from kedro_kubeflow.client.policy import RequestPolicy
from kedro_kubeflow.client.records import Reader, page
from kedro_kubeflow.client.rest import Rest
from kedro_kubeflow.errors import ServerError, ServerRefusedError, ServerUnreachableError

logger = logging.getLogger(__name__)

Result = TypeVar("Result")

_PAGE_SIZE = 100


@dataclass(frozen=True)
class ServerInfo:
    """A server's version, and whether its experiments belong to namespaces."""

    version: str
    multi_user: bool


class Api:
    """The API of one server, and the two kinds of calls: reads and writes.

    Attributes:
        host: Base URL of the server.
        policy: Limits.
        rest: The endpoints, called inside a read or write.
    """

    def __init__(self, connection: Connection, policy: RequestPolicy) -> None:
        self.host = connection.host
        self.policy = policy
        self._connection = connection
        self.rest = Rest(connection)

    @cached_property
    def server(self) -> ServerInfo:
        """Checks once that the server can be reached; every command begins with this.

        Raises:
            ServerError: It cannot be reached, or it is not Kubeflow Pipelines.
        """
        url = f"{self.host}/apis/v1beta1/healthz"
        try:
            health = self.read(
                f"{self.host} cannot be used", lambda: self._connection.call("GET", url)
            )
        except ServerRefusedError as err:
            if not re.search(r"answered (with status )?404", str(err)):
                raise
            raise ServerRefusedError(
                f"{err}; there is no Kubeflow Pipelines API at this host. Behind Kubeflow's gateway "
                "its path ends in /pipeline"
            ) from err
        # The interface's own server answers for the API server, even if that is down.
        if health.get("apiServerReady") is False:
            raise ServerUnreachableError(
                f"{self.host} cannot be used: Kubeflow's interface answers, but the API server "
                "behind it does not; check the deployment ml-pipeline"
            )
        version = health.get("apiServerTagName") or health.get("tag_name") or ""
        multi_user = health.get("multi_user", health.get("apiServerMultiUser"))
        return ServerInfo(str(version), multi_user is True)

    @property
    def server_time(self) -> dt.datetime:
        """The server's clock as of its last response, to the second; the local clock if there was no date."""
        now = dt.datetime.now(dt.timezone.utc).replace(microsecond=0)
        return self._connection.server_time or now

    def read(
        self, purpose: str, call: Callable[[], Result], seconds: Optional[float] = None
    ) -> Result:
        """Makes a call that changes nothing; transient errors are retried after increasing pauses.

        Args:
            purpose: What fails without it, for the message.
            call: The call of an endpoint.
            seconds: Limit for one response; by default the policy's.

        Raises:
            ServerError: All attempts failed.
        """
        for pause in chain(self.policy.pauses(), (None,)):
            try:
                return self.once(call, seconds)
            except Failure as err:
                failure = err
            if pause is None or not failure.transient:
                break
            self._pause(purpose, failure, pause)
        raise server_error(purpose, failure)

    def write(
        self,
        purpose: str,
        call: Callable[[], Result],
        find: Callable[[], Optional[Result]],
        *,
        repeatable: bool,
        advice: str = "",
        advice_on_fault: str = "",
    ) -> Result:
        """Makes a call that changes something; it is only repeated if that cannot do it twice.

        A request that certainly did not reach the server is sent again. Otherwise ``find`` checks
        whether it was done. If it was not, it is sent again if ``repeatable`` says that the server
        refuses to do it twice; else the call fails.

        Args:
            purpose: What could not be done, for the message.
            call: The call of an endpoint.
            find: Returns the result of an earlier attempt, or None if there is none.
            repeatable: Whether a second attempt cannot do it twice.
            advice: What to do if it is unknown whether it was done.
            advice_on_fault: What to do if the server itself failed, with a status of 500 or above.

        Raises:
            ServerError: It failed, or it is unknown whether it was done.
        """
        for pause in chain(self.policy.pauses(), (None,)):
            try:
                return self.once(call)
            except Failure as err:
                failure = err
            if getattr(failure, "status", 0) >= 500:
                advice = "; ".join(filter(None, (advice_on_fault, advice)))
                advice_on_fault = ""
            if isinstance(failure, Refusal):
                raise server_error(purpose, failure, advice if failure.status >= 500 else "")
            if not failure.certainly_not_done:
                found = self._find_result(purpose, failure, find, advice)
                if found is not None:
                    logger.warning(
                        "The response was lost (%s), but the server has done it", failure
                    )
                    return found
                if not repeatable and not failure.probably_not_done:
                    raise server_error(
                        purpose, failure, f"the server does not show it yet; {advice}"
                    )
            if pause is None or not failure.transient:
                break
            self._pause(purpose, failure, pause)
        raise server_error(purpose, failure)

    def once(self, call: Callable[[], Result], seconds: Optional[float] = None) -> Result:
        """Makes a call once.

        Raises:
            Failure: It failed.
            AuthenticationError: The credentials were not accepted.
        """
        with self.rest.limited(seconds):
            return call()

    def pages(
        self, purpose: str, row: Reader, rows: str, most: int = 0, path: str = "", **query: Any
    ) -> Iterator[Any]:
        """Yields the rows of a list up to its last page.

        Args:
            purpose: For the message.
            row: Reads one row.
            rows: The field of the response that contains the rows.
            most: Maximum number of rows; 0 for all.
            path: Of the list, if it is not named as the field.
            query: The query, beside the page.
        """
        reader = page(rows, row)
        token, yielded = "", 0
        while True:
            arguments = {"page_token": token, "page_size": most or _PAGE_SIZE, **query}
            found = self.read(
                purpose,
                lambda arguments=arguments: self.rest.get(reader, path or rows, **arguments),  # type: ignore[misc]
            )
            for item in getattr(found, rows) or ():
                yield item
                yielded += 1
                if yielded == most:
                    return
            if not found.next_page_token or found.next_page_token == token:
                return
            token = found.next_page_token

    def _find_result(
        self,
        purpose: str,
        failure: Failure,
        find: Callable[[], Optional[Result]],
        advice: str,
    ) -> Optional[Result]:
        self._pause(purpose, failure, self.policy.first_pause, "checking whether it was done")
        try:
            return find()
        except ServerError as err:
            raise type(err)(
                f"{server_error(purpose, failure)}; it may have been done anyway, but this cannot be "
                f"checked now ({err})" + (f"; {advice}" if advice else "")
            ) from err

    def _pause(
        self, purpose: str, failure: Failure, seconds: float, next_step: str = "retrying"
    ) -> None:
        logger.warning("%s yet: %s; %s in %.0f s", purpose, failure, next_step, seconds)
        self.policy.sleep(seconds)


def required(value: Any, what: str, purpose: str) -> Any:
    """Returns a field that a response must have.

    Raises:
        ServerError: The response does not have it.
    """
    if not value:
        raise ServerError(f"{purpose}: the server's response has no {what}")
    return value
