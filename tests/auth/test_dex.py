"""Logging in through Dex, behind oidc-authservice and behind oauth2-proxy."""

from __future__ import annotations

from typing import Any, Union

import pytest

from kedro_kubeflow.errors import AuthenticationError, ServerUnreachableError
from kfp_server import (
    AuthserviceGate,
    DexSettings,
    KfpServer,
    Oauth2ProxyGate,
    RedirectTrap,
    gateway_error,
)
from kfp_server.faults import Fault

USERS = {"ci@example.com": "correct horse+battery&staple"}
RIGHT = {"DEX_USERNAME": "ci@example.com", "DEX_PASSWORD": USERS["ci@example.com"]}
WRONG = {**RIGHT, "DEX_PASSWORD": "guess"}

GATES: list[Any] = [AuthserviceGate, Oauth2ProxyGate]
PROXIES = ["oidc-authservice", "oauth2-proxy"]


def logged_in_lines(server: KfpServer) -> list[str]:
    return [f"{request.method} {request.path}" for request in server.received]


@pytest.mark.parametrize("kind", GATES)
@pytest.mark.parametrize("path", ["", "/pipeline"])
@pytest.mark.parametrize("new_forms", [True, False])
@pytest.mark.parametrize("approval", [True, False])
@pytest.mark.parametrize("connectors", [("local",), ("local", "ldap")])
def test_every_form_that_dex_has(
    connect: Any,
    kind: Any,
    path: str,
    new_forms: bool,
    approval: bool,
    connectors: tuple[str, ...],
) -> None:
    gate = kind(DexSettings(USERS, connectors, new_forms, approval))
    with KfpServer(gate=gate) as server:
        client = connect(server.url + path, RIGHT)

        assert client.check_connection().version == "1.8.5"
        assert client.list_pipelines() == ()
        assert gate.logins == 1


def test_behind_oidc_authservice_the_login_begins_with_the_redirect(connect: Any) -> None:
    with KfpServer(gate=AuthserviceGate(DexSettings(USERS))) as server:
        connect(f"{server.url}/pipeline", RIGHT).check_connection()

        assert logged_in_lines(server) == [
            "GET /pipeline/",
            "GET /dex/auth",
            "GET /dex/auth/local",
            "GET /dex/auth/local/login",
            "POST /dex/auth/local/login",
            "GET /dex/approval",
            "GET /login/oidc",
            "GET /pipeline/",
            "GET /pipeline/apis/v1beta1/healthz",
        ]


def test_behind_oauth2_proxy_the_login_begins_at_its_start(connect: Any) -> None:
    with KfpServer(gate=Oauth2ProxyGate(DexSettings(USERS))) as server:
        connect(f"{server.url}/pipeline", RIGHT).check_connection()

        lines = logged_in_lines(server)
        start = next(r for r in server.received if r.path == "/oauth2/start")
    assert lines[:2] == ["GET /pipeline/", "GET /oauth2/start"]
    assert lines[-3:] == [
        "GET /oauth2/callback",
        "GET /pipeline",
        "GET /pipeline/apis/v1beta1/healthz",
    ]
    assert start.query == {"rd": "/pipeline"}


@pytest.mark.parametrize("parts", [1, 2, 3])
def test_all_parts_of_a_split_cookie_are_given_back(connect: Any, parts: int) -> None:
    with KfpServer(gate=Oauth2ProxyGate(DexSettings(USERS), parts)) as server:
        connect(server, RIGHT).list_pipelines()

        last = list(server.received)[-1]
    names = [name for name in last.cookies if not name.endswith("_csrf")]
    assert len(names) == parts


def test_parts_of_an_old_session_are_not_mixed_with_the_new(connect: Any) -> None:
    gate = Oauth2ProxyGate(DexSettings(USERS), parts=3)
    with KfpServer(gate=gate) as server:
        client = connect(server, RIGHT)
        client.check_connection()
        gate.expire()
        gate.parts = 2

        assert client.list_pipelines() == ()


@pytest.mark.parametrize("kind", GATES)
def test_cookies_that_are_marked_secure_come_back_over_a_forwarded_port(
    connect: Any, kind: Any
) -> None:
    with KfpServer(gate=kind(DexSettings(USERS, secure=True))) as server:
        assert connect(server, RIGHT).list_pipelines() == ()


def test_a_bearer_token_passes_oauth2_proxy(connect: Any) -> None:
    with KfpServer(gate=Oauth2ProxyGate(DexSettings(), tokens=("secret",))) as server:
        connect(server, {"KUBEFLOW_TOKEN": "secret"}).check_connection()

        assert logged_in_lines(server) == ["GET /apis/v1beta1/healthz"]


@pytest.mark.parametrize(("kind", "proxy"), list(zip(GATES, PROXIES)))
@pytest.mark.parametrize("refusal", [200, 401])
def test_wrong_credentials_are_tried_once_and_explained(
    connect: Any, kind: Any, proxy: str, refusal: int
) -> None:
    with KfpServer(gate=kind(DexSettings(USERS, refusal=refusal))) as server:
        with pytest.raises(AuthenticationError) as caught:
            connect(server, WRONG).check_connection()

        assert sum(line.startswith("POST") for line in logged_in_lines(server)) == 1
    message = str(caught.value)
    assert f"Dex (DEX_USERNAME, DEX_PASSWORD) behind {proxy} at {server.url}" in message
    assert (
        f"Dex did not accept the user 'ci@example.com' with this password (status {refusal})"
        in message
    )
    assert "check DEX_USERNAME" in message
    assert "guess" not in message


def test_connectors_are_listed_where_none_is_for_passwords(connect: Any) -> None:
    gate = AuthserviceGate(DexSettings(USERS, ("ldap", "github")))
    with KfpServer(gate=gate) as server, pytest.raises(AuthenticationError) as caught:
        connect(server, RIGHT).check_connection()

    assert "Dex has no connector 'local' here, only github, ldap; set DEX_CONNECTOR" in str(
        caught.value
    )


def test_another_connector_can_be_named(connect: Any) -> None:
    with KfpServer(gate=AuthserviceGate(DexSettings(USERS, ("ldap", "local")))) as server:
        with pytest.raises(AuthenticationError, match="there is no login form"):
            connect(server, {**RIGHT, "DEX_CONNECTOR": "ldap"}).check_connection()

        assert "GET /dex/auth/ldap" in logged_in_lines(server)


@pytest.mark.parametrize("kind", GATES)
def test_an_expired_session_is_renewed_once_and_the_request_made_again(
    connect: Any, kind: Any
) -> None:
    gate: Union[AuthserviceGate, Oauth2ProxyGate] = kind(DexSettings(USERS))
    with KfpServer(gate=gate) as server:
        client = connect(server, RIGHT)
        client.check_connection()
        gate.expire()

        assert client.list_pipelines() == ()
        assert gate.logins == 2


def test_a_password_that_was_changed_meanwhile_is_an_error(connect: Any) -> None:
    users = dict(USERS)
    gate = AuthserviceGate(DexSettings(users))
    with KfpServer(gate=gate) as server:
        client = connect(server, RIGHT)
        client.check_connection()
        gate.expire()
        users["ci@example.com"] = "changed"

        with pytest.raises(AuthenticationError, match="did not accept the user"):
            client.list_pipelines()


def test_a_server_that_asks_nobody_is_used_as_it_is(connect: Any) -> None:
    with KfpServer() as server:
        connect(server, RIGHT).check_connection()

        assert logged_in_lines(server) == ["GET /", "GET /apis/v1beta1/healthz"]


def test_a_gateway_that_is_restarted_during_the_login_is_waited_for(connect: Any) -> None:
    with KfpServer(gate=AuthserviceGate(DexSettings(USERS))) as server:
        server.faults.add(Fault(path="/dex/auth$", times=2, answer=gateway_error()))

        assert connect(server, RIGHT).check_connection().version == "1.8.5"


def test_a_login_server_that_is_not_there_is_named(connect: Any) -> None:
    gate = RedirectTrap("https://login.invalid/auth")
    with KfpServer(gate=gate) as server, pytest.raises(ServerUnreachableError) as caught:
        connect(server, RIGHT).check_connection()

    assert "login.invalid: its name cannot be resolved" in str(caught.value)


def test_a_gateway_that_stays_away_during_the_login_says_so(connect: Any) -> None:
    with KfpServer(gate=AuthserviceGate(DexSettings(USERS))) as server:
        server.faults.add(Fault(path="/dex/auth$", times=-1, answer=gateway_error()))

        with pytest.raises(ServerUnreachableError, match=r"Dex .*/dex/auth answered 503"):
            connect(server, RIGHT).check_connection()
