"""Calls of the Kubeflow Pipelines API in; what they gave, after as many tries as are safe, out."""

from __future__ import annotations

import datetime as dt
import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any, Optional, TypeVar

import kfp_server_api

from kedro_kubeflow.client.connection import Connection
from kedro_kubeflow.client.failures import Failure, Refusal, ServerFault, ending
from kedro_kubeflow.client.policy import RequestPolicy
from kedro_kubeflow.client.rest import RestClient, generated_client
from kedro_kubeflow.errors import ServerError, ServerRefusedError, ServerUnreachableError

logger = logging.getLogger(__name__)

Result = TypeVar("Result")

_PAGE_SIZE = 100


@dataclass(frozen=True)
class ServerInfo:
    """What a server says of itself: its version, and whether experiments belong to namespaces."""

    version: str
    multi_user: bool


class Api:
    """The generated API of one server, and the two ways to call it: reading and writing.

    Attributes:
        host: Base URL of the server.
        policy: Limits.
    """

    def __init__(self, connection: Connection, policy: RequestPolicy) -> None:
        self.host = connection.host
        self.policy = policy
        self._connection = connection
        self._rest = RestClient(connection)
        client = generated_client(self.host, self._rest)
        self.experiments = kfp_server_api.ExperimentServiceApi(client)
        self.pipelines = kfp_server_api.PipelineServiceApi(client)
        self.uploads = kfp_server_api.PipelineUploadServiceApi(client)
        self.runs = kfp_server_api.RunServiceApi(client)
        self.jobs = kfp_server_api.JobServiceApi(client)

    @cached_property
    def server(self) -> ServerInfo:
        """Asks the server whether it is there, once; every command begins with this.

        Raises:
            ServerError: It is not, or what answers is no Kubeflow Pipelines.
        """
        # Not through the generated class: servers say more here than its model keeps.
        url = f"{self.host}/apis/v1beta1/healthz"
        try:
            said = self.read(
                f"{self.host} cannot be used", lambda: self._connection.call("GET", url)
            )
        except ServerRefusedError as err:
            if not re.search(r"answered (with status )?404", str(err)):
                raise
            raise ServerRefusedError(
                f"{err}; there is no Kubeflow Pipelines API at this host. Behind Kubeflow's gateway "
                "its path ends in /pipeline"
            ) from err
        # The interface's own server answers for the API server, even where that is away.
        if said.get("apiServerReady") is False:
            raise ServerUnreachableError(
                f"{self.host} cannot be used: Kubeflow's interface answers, but the API server "
                "behind it does not; look at the deployment ml-pipeline"
            )
        version = said.get("apiServerTagName") or said.get("tag_name") or ""
        multi_user = said.get("multi_user", said.get("apiServerMultiUser"))
        return ServerInfo(str(version), multi_user is True)

    @property
    def server_time(self) -> dt.datetime:
        """The server's clock as of its last answer, to the second; ours where it does not tell."""
        now = dt.datetime.now(dt.timezone.utc).replace(microsecond=0)
        return self._connection.dated or now

    def read(
        self, purpose: str, call: Callable[[], Result], seconds: Optional[float] = None
    ) -> Result:
        """Calls what changes nothing, again after growing pauses while it may still work.

        Args:
            purpose: What cannot be done without it, for the message.
            call: The call of a generated class.
            seconds: Limit for one answer; by default the policy's.

        Raises:
            ServerError: It did not work, however often.
        """
        for pause in chain(self.policy.pauses(), (None,)):
            try:
                return self.once(call, seconds)
            except Failure as err:
                failure = err
            if pause is None or not failure.may_pass:
                break
            self._pause(purpose, failure, pause)
        raise ending(purpose, failure)

    def write(
        self,
        purpose: str,
        call: Callable[[], Result],
        find: Callable[[], Optional[Result]],
        *,
        repeatable: bool,
        advice: str = "",
    ) -> Result:
        """Calls what changes something, again only where that cannot do it twice.

        What surely did not reach the server is sent again. Otherwise ``find`` looks whether it was
        done; where it was not and ``repeatable`` says that the server itself refuses to do it twice,
        it is sent again, else it ends here.

        Args:
            purpose: What could not be done, for the message.
            call: The call of a generated class.
            find: Looks for the result of an earlier try; None where there is none.
            repeatable: Whether a second try cannot do it twice.
            advice: What to do when it ends without anybody knowing whether it was done.

        Raises:
            ServerError: It did not work, or nobody knows.
        """
        for pause in chain(self.policy.pauses(), (None,)):
            try:
                return self.once(call)
            except Failure as err:
                failure = err
            if isinstance(failure, Refusal):
                raise ending(purpose, failure)
            if not failure.surely_not_done:
                found = self._look(purpose, failure, find, advice)
                if found is not None:
                    logger.warning(
                        "The answer was spoilt (%s), but the server has done it", failure
                    )
                    return found
                if not repeatable:
                    raise ending(purpose, failure, f"it does not show up so far; {advice}")
            if pause is None or not failure.may_pass:
                break
            self._pause(purpose, failure, pause)
        raise ending(purpose, failure)

    def once(self, call: Callable[[], Result], seconds: Optional[float] = None) -> Result:
        """Calls once.

        Raises:
            Failure: It did not work.
            AuthenticationError: The credentials were not accepted.
        """
        odd = ""
        try:
            with self._rest.limited(seconds):
                return call()
        except (kfp_server_api.ApiException, ValueError, TypeError, AttributeError) as err:
            if not self._rest.answered:
                raise
            # The generated models choke like this on JSON of another shape.
            odd = " ".join(str(err).split())[:200]
        raise ServerFault(f"what it answered is not what the API answers ({odd})", 200)

    def pages(
        self, purpose: str, call: Callable[..., Any], rows: str, most: int = 0, **query: Any
    ) -> Iterator[Any]:
        """Reads a list to its last page.

        Args:
            purpose: For the message.
            call: A list call of a generated class.
            rows: The attribute of its answer that holds the rows.
            most: Rows after which to stop; 0 for all.
            query: Further arguments of the call.
        """
        token, given = "", 0
        while True:
            asked = {"page_token": token, "page_size": most or _PAGE_SIZE, **query}
            page = self.read(purpose, lambda asked=asked: call(**asked))  # type: ignore[misc]
            for row in getattr(page, rows) or ():
                yield row
                given += 1
                if given == most:
                    return
            if not page.next_page_token or page.next_page_token == token:
                return
            token = page.next_page_token

    def _look(
        self,
        purpose: str,
        failure: Failure,
        find: Callable[[], Optional[Result]],
        advice: str,
    ) -> Optional[Result]:
        self._pause(purpose, failure, self.policy.first_pause, "looking whether it was done")
        try:
            return find()
        except ServerError as err:
            raise type(err)(
                f"{ending(purpose, failure)}; it may have been done all the same, but whether it was "
                f"cannot be seen now ({err})" + (f"; {advice}" if advice else "")
            ) from err

    def _pause(
        self, purpose: str, failure: Failure, seconds: float, next_step: str = "trying again"
    ) -> None:
        logger.warning("%s yet: %s; %s in %.0f s", purpose, failure, next_step, seconds)
        self.policy.sleep(seconds)


def required(value: Any, what: str, purpose: str) -> Any:
    """Gives a field that an answer must have.

    Raises:
        ServerRefusedError: The answer came without it.
    """
    if not value:
        raise ServerError(f"{purpose}: the server's answer has no {what}")
    return value
