"""Connects kfp's generated API classes to our own HTTP layer.

The generated classes know paths, parameters and models. Their own HTTP layer has no timeouts,
follows redirects, repeats requests without asking, and turns any response that is not JSON into an
empty model, so this module replaces it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Optional

import kfp_server_api

from kedro_kubeflow.client.connection import Connection


class RestClient:
    """Replaces ``kfp_server_api.rest.RESTClientObject``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._seconds: Optional[float] = None
        self.answered = False
        """Whether the last call got a response, so that a later error comes from parsing it."""

    @contextmanager
    def limited(self, seconds: Optional[float]) -> Iterator[None]:
        """Sets the timeout of responses to calls inside the context."""
        before, self._seconds = self._seconds, seconds
        try:
            yield
        finally:
            self._seconds = before

    def GET(self, url: str, **request: Any) -> RestAnswer:  # noqa: N802 - the generated code's name
        """Sends a GET request."""
        return self._call("GET", url, **request)

    def POST(self, url: str, **request: Any) -> RestAnswer:  # noqa: N802
        """Sends a POST request."""
        return self._call("POST", url, **request)

    def DELETE(self, url: str, **request: Any) -> RestAnswer:  # noqa: N802
        """Sends a DELETE request."""
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
    """A response as the generated classes read it: JSON in UTF-8, whatever its content type was."""

    status = 200
    reason = "OK"

    def __init__(self, data: bytes) -> None:
        self.data = data

    def getheader(self, name: str, default: Optional[str] = None) -> Optional[str]:
        """Returns a header; only the content type is set."""
        return "application/json" if name.lower() == "content-type" else default

    def getheaders(self) -> dict[str, str]:
        """Returns all headers."""
        return {"content-type": "application/json"}


def generated_client(host: str, rest: RestClient) -> Any:
    """Returns the generated client, without its own HTTP layer, login and defaults."""
    configuration = kfp_server_api.Configuration(host=host)
    client = kfp_server_api.ApiClient(configuration)
    client.rest_client = rest
    return client
