"""Networks, proxies and servers that fail: what is retried, and the one message at the end."""

from __future__ import annotations

import time
from typing import Any

import pytest

from kedro_kubeflow.errors import (
    AuthenticationError,
    KedroKubeflowError,
    ServerError,
    ServerRefusedError,
    ServerUnreachableError,
)
from kfp_server import (
    AuthserviceGate,
    BearerGate,
    DexSettings,
    Fault,
    KfpServer,
    LoginPageTrap,
    LoopbackServer,
    RedirectTrap,
    gateway_error,
    html_answer,
    json_answer,
    login_page,
    not_utf8,
    sample_workflow,
    status,
)
from kfp_server.messages import Answer

LONG = Answer(200, b" " * 200 + b"{}")
"""Two hundred times a twentieth of a second: no single silence is too long."""

PASSING: list[Any] = [
    pytest.param({"answer": status(500)}, id="500"),
    pytest.param({"answer": gateway_error(502)}, id="502"),
    pytest.param({"answer": gateway_error(503)}, id="503"),
    pytest.param({"answer": status(429)}, id="429"),
    pytest.param({"answer": not_utf8()}, id="not UTF-8"),
    pytest.param({"answer": not_utf8(500)}, id="500 and not UTF-8"),
    pytest.param({"answer": Answer(200, b'{"pipelines": [')}, id="half a JSON"),
    pytest.param({"answer": Answer(200, b"[]")}, id="another JSON"),
    pytest.param({"answer": Answer(200, b"")}, id="nothing"),
    pytest.param({"answer": json_answer({"pipelines": [{"created_at": "soon"}]})}, id="no date"),
    pytest.param({"close": True}, id="reset"),
    pytest.param({"close": True, "politely": True}, id="closed"),
    pytest.param({"delay": 5.0}, id="slow"),
    pytest.param({"drip": 0.05, "answer": LONG}, id="one byte now and then"),
]


@pytest.mark.parametrize("fault", PASSING)
def test_a_read_is_tried_again(connect: Any, any_server: KfpServer, fault: dict[str, Any]) -> None:
    client = connect(any_server, answer_seconds=0.8)
    any_server.faults.add(Fault("GET", "/pipelines$", times=2, **fault))

    assert client.list_pipelines() == ()
    assert any_server.received.lines().count("GET /pipelines") == 3


LASTING: list[Any] = [
    pytest.param({"answer": status(500, "boom")}, ServerError, "answered 500: boom", id="500"),
    pytest.param(
        {"answer": gateway_error()}, ServerUnreachableError, "no healthy upstream", id="503"
    ),
    pytest.param({"answer": not_utf8()}, ServerError, "is not JSON", id="not UTF-8"),
    pytest.param({"close": True}, ServerUnreachableError, "connection broke", id="closed"),
    pytest.param({"delay": 5.0}, ServerUnreachableError, "no complete response within", id="slow"),
    pytest.param(
        {"drip": 0.05, "answer": LONG},
        ServerUnreachableError,
        "no complete response within",
        id="drip",
    ),
    pytest.param(
        {"answer": json_answer({"pipelines": [{"created_at": "soon"}]})},
        ServerError,
        "the response does not have the API's format",
        id="no date",
    ),
]


@pytest.mark.parametrize(("fault", "error", "words"), LASTING)
def test_a_read_ends_after_some_tries_with_one_message(
    connect: Any, any_server: KfpServer, fault: dict[str, Any], error: Any, words: str
) -> None:
    pauses: list[float] = []
    client = connect(
        any_server,
        answer_seconds=0.2,
        first_pause=1.0,
        longest_pause=3.0,
        sleep=pauses.append,
    )
    any_server.faults.add(Fault("GET", "/pipelines$", times=-1, **fault))

    with pytest.raises(error) as caught:
        client.list_pipelines()

    assert type(caught.value) is error
    assert str(caught.value).startswith("cannot list the pipelines: ")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert any_server.received.lines().count("GET /pipelines") == 4
    assert pauses == [1.0, 2.0, 3.0]


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (status(400, "bad page"), ServerRefusedError, "answered 400: bad page"),
        (status(404, "gone"), ServerRefusedError, "answered 404: gone"),
        (status(409, "taken"), ServerRefusedError, "answered 409: taken"),
        (status(403, "not yours"), ServerRefusedError, "answered 403: not yours"),
        (status(403, "not yours", gateway=2), ServerRefusedError, "answered 403: not yours"),
        (status(404, "gone", gateway=2), ServerRefusedError, "answered 404: gone"),
        (
            status(500, "the v1 API is not available for the Kubernetes pipeline store", gateway=2),
            ServerRefusedError,
            "`kedro kubeflow run-once` needs no uploaded pipeline",
        ),
        (
            Answer(
                400,
                b"Invalid input error: Namespace is required for pipeline operations\n",
                "text/plain",
            ),
            ServerRefusedError,
            "REQUIRE_NAMESPACE_FOR_PIPELINES",
        ),
        (status(401), AuthenticationError, "status 401"),
        (Answer(403, b"RBAC: access denied", "text/plain"), AuthenticationError, "access denied"),
        (login_page(), AuthenticationError, "a web page: 'Log in to Kubeflow'"),
    ],
)
def test_a_no_is_not_asked_again(
    connect: Any, any_server: KfpServer, answer: Answer, error: Any, words: str
) -> None:
    client = connect(any_server)
    any_server.faults.add(Fault("GET", "/pipelines$", times=-1, answer=answer))

    with pytest.raises(error) as caught:
        client.list_pipelines()

    assert words in str(caught.value)
    assert any_server.received.lines().count("GET /pipelines") == 1


def test_a_refused_connection(connect: Any) -> None:
    with KfpServer() as server:
        url = server.url
    pauses: list[float] = []

    with pytest.raises(ServerUnreachableError) as caught:
        connect(url, sleep=pauses.append).check_connection()

    assert f"{url} cannot be used: no connection" in str(caught.value)
    assert "refused" in str(caught.value)
    assert len(pauses) == 3


def test_a_name_that_does_not_resolve(connect: Any) -> None:
    with pytest.raises(ServerUnreachableError) as caught:
        connect("https://kubeflow.invalid/pipeline").check_connection()

    assert "https://kubeflow.invalid/pipeline cannot be used: its name cannot be resolved" in str(
        caught.value
    )


@pytest.mark.parametrize(
    ("gate", "words", "perhaps_the_path"),
    [
        (LoginPageTrap(), "status 200, a web page: 'Log in to Kubeflow'", True),
        (
            RedirectTrap("https://login.example.com/auth?state=1"),
            "status 302, a redirect to https://login.example.com/auth",
            False,
        ),
        (AuthserviceGate(DexSettings()), "status 302, a redirect to /dex/auth", False),
    ],
)
def test_a_login_page_is_recognised_at_the_first_call(
    connect: Any, gate: Any, words: str, perhaps_the_path: bool
) -> None:
    with KfpServer(gate=gate) as server:
        with pytest.raises(AuthenticationError) as caught:
            connect(server).upload_pipeline(sample_workflow(), "demo")

        assert len(server.received) == 1
    assert words in str(caught.value)
    assert "no credentials" in str(caught.value)
    assert "KUBEFLOW_TOKEN" in str(caught.value)
    assert ("ends in /pipeline" in str(caught.value)) == perhaps_the_path
    assert "state=1" not in str(caught.value)


def test_an_odd_answer_to_a_write_is_an_error(connect: Any, any_server: KfpServer) -> None:
    any_server.faults.add(Fault("POST", "/runs$", answer=json_answer({})))

    with pytest.raises(
        ServerError, match="cannot start the run 'r': the server's response has no id"
    ):
        connect(any_server).run_once(sample_workflow(), experiment_name="e", run_name="r")


def test_an_answer_that_takes_its_time_is_awaited(connect: Any, any_server: KfpServer) -> None:
    client = connect(any_server, answer_seconds=3.0)
    any_server.faults.add(Fault("GET", "/pipelines$", delay=0.8))
    began = time.monotonic()

    assert client.list_pipelines() == ()
    assert time.monotonic() - began >= 0.8
    assert any_server.received.lines().count("GET /pipelines") == 1


def test_the_defaults_outlast_an_answer_after_a_minute() -> None:
    from kedro_kubeflow.client import RequestPolicy

    policy = RequestPolicy()

    assert policy.answer_seconds > 60
    assert list(policy.pauses()) == [1.0, 2.0, 4.0]


def test_one_message_for_a_page_that_is_no_login(connect: Any) -> None:
    long = "<html><body>" + "blah " * 1000 + "</body></html>"
    with (
        LoopbackServer(lambda _: html_answer(long, 502)) as server,
        pytest.raises(KedroKubeflowError) as caught,
    ):
        connect(server).check_connection()

    assert len(str(caught.value)) < 500


def test_a_renewed_token_that_is_turned_away_again_is_the_end(connect: Any, tmp_path: Any) -> None:
    path = tmp_path / "token"
    path.write_text("one")

    class NeverContent(BearerGate):
        def stop(self, request: Any) -> Any:
            path.write_text(path.read_text() + "x")
            return super().stop(request)

    with KfpServer(gate=NeverContent(set())) as server:
        with pytest.raises(AuthenticationError):
            connect(server, {"KUBEFLOW_TOKEN_FILE": str(path)}).check_connection()

        assert len(server.received) == 2
