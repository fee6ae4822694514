"""What kfp's generated API classes ask of their HTTP layer in, answers of the connection out.

The generated classes know paths, parameters and models. Their own HTTP layer has no time limits,
follows redirects, repeats requests at will, and makes an empty model of any answer that is not
JSON; so it is replaced by this.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Optional

import kfp_server_api

from kedro_kubeflow.client.connection import Connection


class RestClient:
    """Stands in for ``kfp_server_api.rest.RESTClientObject``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._seconds: Optional[float] = None
        self.answered = False
        """Whether the last call got its answer, so that what goes wrong next is in reading it."""

    @contextmanager
    def limited(self, seconds: Optional[float]) -> Iterator[None]:
        """Limits the answers to calls inside to so many seconds."""
        before, self._seconds = self._seconds, seconds
        try:
            yield
        finally:
            self._seconds = before

    def GET(self, url: str, **request: Any) -> RestAnswer:  # noqa: N802 - the generated code's name
        """Asks for something."""
        return self._call("GET", url, **request)

    def POST(self, url: str, **request: Any) -> RestAnswer:  # noqa: N802
        """Makes something, or has something done."""
        return self._call("POST", url, **request)

    def DELETE(self, url: str, **request: Any) -> RestAnswer:  # noqa: N802
        """Deletes something."""
        return self._call("DELETE", url, **request)

    def _call(
        self,
        method: str,
        url: str,
        query_params: Optional[Sequence[tuple[str, Any]]] = None,
        headers: Optional[Mapping[str, str]] = None,
        post_params: Optional[Sequence[tuple[str, Any]]] = None,
        body: Any = None,
        **_: Any,
    ) -> RestAnswer:
        self.answered = False
        sent = {"Accept": "application/json"}
        if body is not None:
            sent["Content-Type"] = "application/json"
        answer = self._connection.call(
            method,
            url,
            query=[(name, value) for name, value in query_params or () if value is not None],
            body=None if body is None else json.dumps(body).encode(),
            files=list(post_params) if post_params else None,
            headers=sent,
            seconds=self._seconds,
        )
        self.answered = True
        return RestAnswer(json.dumps(answer).encode())


class RestAnswer:
    """An answer as the generated classes read it: whatever the server called it, JSON in UTF-8."""

    status = 200
    reason = "OK"

    def __init__(self, data: bytes) -> None:
        self.data = data

    def getheader(self, name: str, default: Optional[str] = None) -> Optional[str]:
        """Gives the one header that is asked for."""
        return "application/json" if name.lower() == "content-type" else default

    def getheaders(self) -> dict[str, str]:
        """Gives all headers."""
        return {"content-type": "application/json"}


def generated_client(host: str, rest: RestClient) -> Any:
    """Gives the generated client, with no HTTP layer, login or defaults of its own."""
    configuration = kfp_server_api.Configuration(host=host)
    client = kfp_server_api.ApiClient(configuration)
    client.rest_client = rest
    return client
