"""Secrets never appear in logs, messages, tracebacks or a repr."""

from __future__ import annotations

import logging
import pickle
import traceback
from pathlib import Path
from typing import Any

import pytest

from kedro_kubeflow.auth import Secret
from kedro_kubeflow.errors import KedroKubeflowError
from kfp_server import (
    AuthserviceGate,
    BearerGate,
    DexSettings,
    Fault,
    IapGate,
    KfpServer,
    LoginPageTrap,
    Oauth2ProxyGate,
    TokenEndpoint,
    html_answer,
    not_utf8,
    status,
)

SECRET = "s3cr3t-d0-n0t-sh0w"
DEX = {"DEX_USERNAME": "me", "DEX_PASSWORD": SECRET}
TOKEN = {"KUBEFLOW_TOKEN": SECRET}

ENDINGS: list[Any] = [
    pytest.param(TOKEN, BearerGate(set()), [], id="wrong token"),
    pytest.param(TOKEN, BearerGate(set(), echoes=True), [], id="a server that repeats the token"),
    pytest.param(TOKEN, LoginPageTrap(), [], id="login page"),
    pytest.param(TOKEN, None, [Fault(times=-1, close=True)], id="closed connections"),
    pytest.param(TOKEN, None, [Fault(times=-1, delay=0.5)], id="slow answers"),
    pytest.param(TOKEN, None, [Fault(times=-1, answer=status(500, SECRET))], id="500"),
    pytest.param(TOKEN, None, [Fault(times=-1, answer=not_utf8())], id="not UTF-8"),
    pytest.param(TOKEN, None, [Fault(times=-1, answer=status(400, SECRET))], id="400"),
    pytest.param(DEX, AuthserviceGate(DexSettings({"me": "other"})), [], id="wrong password"),
    pytest.param(DEX, Oauth2ProxyGate(DexSettings({"me": "other"})), [], id="oauth2-proxy"),
    pytest.param(
        DEX,
        AuthserviceGate(DexSettings({"me": SECRET})),
        [Fault(method="POST", path="/dex/", times=-1, close=True)],
        id="the form's answer is lost",
    ),
    pytest.param(
        DEX,
        AuthserviceGate(DexSettings({"me": SECRET})),
        [Fault(path="/dex/approval", answer=html_answer(f"hello {SECRET}", 400))],
        id="a page that repeats the password",
    ),
]


@pytest.mark.parametrize(("environment", "gate", "faults"), ENDINGS)
def test_no_ending_shows_a_secret(
    connect: Any,
    caplog: pytest.LogCaptureFixture,
    environment: dict[str, str],
    gate: Any,
    faults: list[Fault],
) -> None:
    caplog.set_level(logging.DEBUG)
    with KfpServer(gate=gate) as server:
        for fault in faults:
            server.faults.add(fault)
        client = connect(server, environment, answer_seconds=0.2)
        for name in ("urllib3", "requests"):
            logging.getLogger(name).setLevel(logging.DEBUG)
        with pytest.raises(KedroKubeflowError) as caught:
            client.list_pipelines()

        sent = [r for r in server.received if SECRET in str(r.headers) or SECRET.encode() in r.body]
        assert sent
    assert SECRET not in str(caught.value)
    assert SECRET not in seen_in_traceback(caught.value)
    assert SECRET not in caplog.text
    assert SECRET not in repr(vars(client))


def test_session_cookies_are_blotted_out_of_what_the_server_says(connect: Any) -> None:
    gate = AuthserviceGate(DexSettings({"me": "pass"}))
    with KfpServer(gate=gate) as server:
        client = connect(server, {"DEX_USERNAME": "me", "DEX_PASSWORD": "pass"})
        client.check_connection()
        (cookie,) = gate.sessions
        server.faults.add(Fault(times=-1, answer=status(400, f"odd session {cookie}")))

        with pytest.raises(KedroKubeflowError) as caught:
            client.list_pipelines()

    assert "odd session ***" in str(caught.value)


def test_tokens_of_google_are_not_shown(
    connect: Any,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    caplog.set_level(logging.DEBUG)
    with TokenEndpoint() as tokens:
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tokens.write_key(tmp_path)))
        with (
            KfpServer(gate=IapGate("1", tokens.issued)) as server,
            pytest.raises(KedroKubeflowError) as caught,
        ):
            connect(server, {"IAP_CLIENT_ID": "2"}).list_pipelines()

        shown = str(caught.value) + seen_in_traceback(caught.value) + caplog.text
        assert tokens.issued
        assert not [token for token in tokens.issued if token in shown]


def test_a_secret_shows_itself_to_nobody() -> None:
    secret = Secret(SECRET)

    shown = [
        repr(secret),
        str(secret),
        f"{secret}",
        f"{secret!r:>40}",
        "{}".format(secret),  # noqa: UP032
        str([secret]),
    ]
    assert not [text for text in shown if SECRET in text]
    with pytest.raises(TypeError):
        pickle.dumps(secret)


def test_a_short_secret_is_hidden_where_it_stands_alone() -> None:
    assert Secret("ex").hide_in("Dex said: ex is wrong (ex)") == "Dex said: *** is wrong (***)"
    assert Secret("").hide_in("nothing") == "nothing"


def seen_in_traceback(err: BaseException) -> str:
    """Returns what a debugger's traceback shows of our own code: causes and local variables."""
    here = Path(__file__).parts[-2:]
    seen = []
    shown: Any = traceback.TracebackException.from_exception(err, capture_locals=True)
    while shown is not None:
        seen.extend(
            str(frame.locals) for frame in shown.stack if Path(frame.filename).parts[-2:] != here
        )
        seen.append(str(shown))
        shown = shown.__cause__ or shown.__context__
    return "\n".join(seen)
