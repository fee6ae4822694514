"""Calls the endpoints of the API, version ``v1beta1``: paths and bodies in, records out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Optional
from urllib.parse import quote

from kedro_kubeflow.client.connection import Connection
from kedro_kubeflow.client.failures import ServerFault
from kedro_kubeflow.client.records import NOTHING, Reader


class Rest:
    """The endpoints of one server.

    A path is given in parts, such as ``"runs", run_id``, and each part is encoded. A query may have
    None for what is not asked.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._seconds: Optional[float] = None

    @contextmanager
    def limited(self, seconds: Optional[float]) -> Iterator[None]:
        """Sets the timeout of responses to calls inside the context; None for the policy's."""
        before, self._seconds = self._seconds, seconds
        try:
            yield
        finally:
            self._seconds = before

    def get(self, reader: Reader, *path: str, **query: Any) -> Any:
        """Reads an object, or a page of a list.

        Raises:
            Failure: The call failed, or the response has another shape.
        """
        return self._call("GET", reader, path, query)

    def create(self, reader: Reader, body: Mapping[str, Any], *path: str) -> Any:
        """Creates an object, and returns it as the server does.

        Raises:
            Failure: See :meth:`get`.
        """
        return self._call("POST", reader, path, {}, body=json.dumps(body).encode())

    def act(self, *path: str) -> None:
        """Does what the path says.

        Raises:
            Failure: See :meth:`get`.
        """
        self._call("POST", NOTHING, path, {})

    def delete(self, *path: str) -> None:
        """Deletes an object.

        Raises:
            Failure: See :meth:`get`.
        """
        self._call("DELETE", NOTHING, path, {})

    def upload(self, reader: Reader, content: str, *path: str, **query: Any) -> Any:
        """Uploads a workflow, and returns what the server made of it.

        Raises:
            Failure: See :meth:`get`.
        """
        # The server takes the format from the name's suffix.
        file = ("pipeline.yaml", content.encode(), "application/octet-stream")
        return self._call("POST", reader, path, query, files=[("uploadfile", file)])

    def _call(
        self,
        method: str,
        reader: Reader,
        path: tuple[str, ...],
        query: Mapping[str, Any],
        body: Optional[bytes] = None,
        files: Any = None,
    ) -> Any:
        url = "/".join((f"{self._connection.host}/apis/v1beta1", *map(_encoded, path)))
        headers = {"Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        answer = self._connection.call(
            method,
            url,
            query=[(name, value) for name, value in query.items() if value is not None],
            body=body,
            files=files,
            headers=headers,
            seconds=self._seconds,
        )
        try:
            return reader(answer, "")
        except ValueError as err:
            problem = str(err)[:200]
        raise ServerFault(f"the response does not have the API's format ({problem})", 200)


def _encoded(part: str) -> str:
    # A colon is part of names such as main-logs:read.
    return quote(part, safe=":")
