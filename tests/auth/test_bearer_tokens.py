"""Bearer tokens from the environment, from a file that rotates, and from a pod's volume."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kedro_kubeflow.errors import AuthenticationError
from kfp_server import BearerGate, KfpServer


def authorizations(server: KfpServer) -> list[str]:
    return [request.headers["authorization"] for request in server.received]


@pytest.mark.parametrize("text", ["secret", " secret\n", "Bearer secret"])
def test_the_token_of_the_environment_is_sent(connect: Any, text: str) -> None:
    with KfpServer(gate=BearerGate({"secret"})) as server:
        connect(server, {"KUBEFLOW_TOKEN": text}).list_pipelines()

        assert authorizations(server) == ["Bearer secret"] * 2


def test_a_wrong_token_is_explained_after_one_request(connect: Any) -> None:
    with KfpServer(gate=BearerGate({"secret"})) as server:
        with pytest.raises(AuthenticationError) as caught:
            connect(server, {"KUBEFLOW_TOKEN": "wrong"}).list_pipelines()

        assert len(server.received) == 1
    message = str(caught.value)
    assert "rejected the request with bearer token (KUBEFLOW_TOKEN)" in message
    assert "status 401: Unauthenticated" in message
    assert "set KUBEFLOW_TOKEN to a token that is valid now" in message


def test_no_credentials_where_some_are_wanted_names_what_can_be_set(connect: Any) -> None:
    with (
        KfpServer(gate=BearerGate({"secret"})) as server,
        pytest.raises(AuthenticationError) as caught,
    ):
        connect(server).list_pipelines()

    for variable in ("KUBEFLOW_TOKEN", "DEX_USERNAME", "IAP_CLIENT_ID"):
        assert variable in str(caught.value)


@pytest.mark.parametrize("variable", ["KUBEFLOW_TOKEN_FILE", "KF_PIPELINES_SA_TOKEN_PATH"])
def test_a_file_is_read_for_every_request(connect: Any, tmp_path: Path, variable: str) -> None:
    path = tmp_path / "token"
    path.write_text("first\n")
    gate = BearerGate({"first"})
    with KfpServer(gate=gate) as server:
        client = connect(server, {variable: str(path)})
        client.list_pipelines()
        path.write_text("second")
        gate.tokens = {"second"}
        client.list_pipelines()

        assert authorizations(server) == ["Bearer first"] * 2 + ["Bearer second"]


def test_a_file_that_rotates_between_request_and_refusal_gives_another_try(
    connect: Any, tmp_path: Path
) -> None:
    path = tmp_path / "token"
    path.write_text("old")

    class Rotating(BearerGate):
        def stop(self, request: Any) -> Any:
            path.write_text("new")
            return super().stop(request)

    with KfpServer(gate=Rotating({"new"})) as server:
        connect(server, {"KUBEFLOW_TOKEN_FILE": str(path)}).check_connection()

        assert authorizations(server) == ["Bearer old", "Bearer new"]


def test_a_file_that_is_empty_while_it_is_rewritten_is_no_end(connect: Any, tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("secret")
    with KfpServer(gate=BearerGate({"secret"})) as server:
        client = connect(server, {"KUBEFLOW_TOKEN_FILE": str(path)})
        client.check_connection()
        path.write_text("")

        assert client.list_pipelines() == ()


def test_an_old_token_in_a_file_is_not_tried_twice(connect: Any, tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("old")
    with KfpServer(gate=BearerGate({"new"})) as server:
        with pytest.raises(AuthenticationError, match="KUBEFLOW_TOKEN_FILE"):
            connect(server, {"KUBEFLOW_TOKEN_FILE": str(path)}).check_connection()

        assert len(server.received) == 1


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "No such file"),
        (b"", "it is empty"),
        (b"\xff\xfe", "it is not UTF-8"),
        (b"a b", "its character 2 is not allowed in an HTTP header"),
    ],
)
def test_a_file_without_a_token_is_named(
    connect: Any, tmp_path: Path, content: Any, problem: str
) -> None:
    path = tmp_path / "token"
    if content is not None:
        path.write_bytes(content)
    with KfpServer() as server:
        with pytest.raises(AuthenticationError) as caught:
            connect(server, {"KUBEFLOW_TOKEN_FILE": str(path)}).check_connection()

        assert len(server.received) == 0
    assert str(path) in str(caught.value)
    assert problem in str(caught.value)


@pytest.mark.parametrize(("token", "sent"), [("secret", "Bearer secret"), ("", None)])
def test_netrc_is_not_read(
    connect: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, token: str, sent: Any
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password other\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    with KfpServer() as server:
        connect(server, {"KUBEFLOW_TOKEN": token}).check_connection()

        assert [request.headers.get("authorization") for request in server.received] == [sent]
