"""Google's proxies: tokens come from a token endpoint on loopback, through google-auth itself."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from kedro_kubeflow.auth import choose_login
from kedro_kubeflow.errors import AuthenticationError
from kfp_server import IapGate, KfpServer, TokenEndpoint

CLIENT_ID = "1234.apps.googleusercontent.com"
INVERSE_PROXY = "https://1a2b-dot-europe-west1.pipelines.googleusercontent.com"


@pytest.fixture
def tokens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TokenEndpoint]:
    """A token endpoint, and the key of a service account that it knows."""
    with TokenEndpoint() as endpoint:
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(endpoint.write_key(tmp_path)))
        yield endpoint


def test_an_identity_token_for_the_proxys_client_is_sent(
    connect: Any, tokens: TokenEndpoint
) -> None:
    with KfpServer(gate=IapGate(CLIENT_ID, tokens.issued)) as server:
        connect(server, {"IAP_CLIENT_ID": CLIENT_ID}).list_pipelines()

    assert len(tokens.received) == 1


def test_a_token_that_is_about_to_end_is_replaced(connect: Any, tokens: TokenEndpoint) -> None:
    tokens.lifetime = 30
    with KfpServer(gate=IapGate(CLIENT_ID, tokens.issued)) as server:
        connect(server, {"IAP_CLIENT_ID": CLIENT_ID}).list_pipelines()

    assert len(tokens.received) == 2


def test_a_token_that_is_turned_away_is_replaced_once(connect: Any, tokens: TokenEndpoint) -> None:
    gate = IapGate(CLIENT_ID, tokens.issued)
    with KfpServer(gate=gate) as server:
        client = connect(server, {"IAP_CLIENT_ID": CLIENT_ID})
        client.check_connection()
        tokens.issued.clear()

        assert client.list_pipelines() == ()


def test_a_wrong_client_id_is_explained(connect: Any, tokens: TokenEndpoint) -> None:
    with (
        KfpServer(gate=IapGate(CLIENT_ID, tokens.issued)) as server,
        pytest.raises(AuthenticationError) as caught,
    ):
        connect(server, {"IAP_CLIENT_ID": "another"}).list_pipelines()

    assert "Identity-Aware Proxy (IAP_CLIENT_ID)" in str(caught.value)
    assert "JWT audience doesn't match this application" in str(caught.value)
    assert "set IAP_CLIENT_ID to the OAuth client id of the proxy" in str(caught.value)


def test_a_key_file_that_is_missing_is_an_error_and_no_prompt(
    connect: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "gone.json"))
    with KfpServer() as server:
        with pytest.raises(AuthenticationError) as caught:
            connect(server, {"IAP_CLIENT_ID": CLIENT_ID}).list_pipelines()

        assert len(server.received) == 0
    assert "Google returned no token" in str(caught.value)
    assert "GOOGLE_APPLICATION_CREDENTIALS" in str(caught.value)


@pytest.mark.parametrize(
    ("environment", "host"), [({"IAP_CLIENT_ID": CLIENT_ID}, None), ({}, INVERSE_PROXY)]
)
def test_without_google_auth_the_command_to_install_it_is_named(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], host: Any
) -> None:
    for name in ("google.auth", "google.oauth2"):
        monkeypatch.setitem(sys.modules, name, None)
    login = choose_login(environment, host or "https://kubeflow.example.com")

    with pytest.raises(AuthenticationError, match=r"pip install 'google-auth>=2.0'"):
        login.sign(requests.Request("GET", "https://kubeflow.example.com").prepare())


def test_the_inverse_proxy_gets_an_access_token(tokens: TokenEndpoint) -> None:
    login = choose_login({}, INVERSE_PROXY)
    request = requests.Request("GET", INVERSE_PROXY).prepare()

    login.sign(request)

    assert request.headers["Authorization"] == "Bearer ya29.0"
    assert len(tokens.received) == 1
