"""Servers whose certificate is signed by a private authority."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kedro_kubeflow.errors import AuthenticationError, ServerUnreachableError
from kfp_server import (
    AuthserviceGate,
    Certificates,
    DexSettings,
    Fault,
    KfpServer,
    LoopbackServer,
    json_answer,
    make_certificates,
    redirect,
)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def secure_server(certificates: Certificates) -> Iterator[KfpServer]:
    with KfpServer(certificates=certificates) as server:
        yield server


@pytest.mark.parametrize(
    "variable", ["KUBEFLOW_CA_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"]
)
def test_an_authority_of_ones_own_is_trusted(
    connect: Any, secure_server: KfpServer, certificates: Certificates, variable: str
) -> None:
    client = connect(secure_server, {variable: str(certificates.authority)})

    assert client.check_connection().version == "1.8.5"


def test_an_unknown_authority_is_refused_at_once_and_says_what_to_set(
    connect: Any, secure_server: KfpServer
) -> None:
    with pytest.raises(ServerUnreachableError) as caught:
        connect(secure_server).check_connection()

    assert len(secure_server.received) == 0
    assert "certificate is not trusted" in str(caught.value)
    assert "set KUBEFLOW_CA_FILE" in str(caught.value)


def test_a_name_that_the_certificate_does_not_have_is_no_matter_of_authorities(
    connect: Any, certificates: Certificates
) -> None:
    environment = {"KUBEFLOW_CA_FILE": str(certificates.authority)}
    with LoopbackServer(lambda _: json_answer({}), certificates, "127.0.0.2") as other:
        host = f"https://127.0.0.2:{other.port}"
        with pytest.raises(ServerUnreachableError) as caught:
            connect(host, environment).check_connection()

    assert "certificate is not trusted" in str(caught.value)
    assert "'127.0.0.2'" in str(caught.value)
    assert "KUBEFLOW_CA_FILE" not in str(caught.value)


@pytest.mark.parametrize("politely", [False, True])
def test_a_connection_that_ends_is_no_matter_of_certificates(
    connect: Any, secure_server: KfpServer, certificates: Certificates, politely: bool
) -> None:
    client = connect(secure_server, {"KUBEFLOW_CA_FILE": str(certificates.authority)})
    secure_server.faults.add(Fault(times=2, close=True, politely=politely))

    assert client.check_connection()
    assert len(secure_server.received) == 3


def test_http_where_https_was_expected(connect: Any) -> None:
    with KfpServer() as plain, pytest.raises(ServerUnreachableError) as caught:
        connect(plain.url.replace("http:", "https:")).check_connection()

    assert "no encrypted connection" in str(caught.value)
    assert "does the host use https?" in str(caught.value)


def test_our_own_variable_comes_first(
    connect: Any, secure_server: KfpServer, certificates: Certificates
) -> None:
    environment = {
        "KUBEFLOW_CA_FILE": str(certificates.authority),
        "REQUESTS_CA_BUNDLE": "/there/is/none.pem",
    }

    assert connect(secure_server, environment).check_connection()


@pytest.mark.parametrize(
    ("content", "problem"),
    [(None, "there is no file"), ("not a certificate", "contains no PEM certificate")],
)
def test_a_broken_file_is_named(connect: Any, tmp_path: Path, content: Any, problem: str) -> None:
    path = tmp_path / "ca.pem"
    if content:
        path.write_text(content)

    with pytest.raises(AuthenticationError) as caught:
        connect("https://kubeflow.example.com", {"KUBEFLOW_CA_FILE": str(path)})

    assert f"KUBEFLOW_CA_FILE: {problem}" in str(caught.value) or problem in str(caught.value)
    assert str(path) in str(caught.value)


def test_the_login_uses_it_too_and_its_cookies_stay_on_https(
    connect: Any, certificates: Certificates
) -> None:
    gate = AuthserviceGate(DexSettings({"me": "pass"}))
    environment = {
        "KUBEFLOW_CA_FILE": str(certificates.authority),
        "DEX_USERNAME": "me",
        "DEX_PASSWORD": "pass",
    }
    with KfpServer(gate=gate, certificates=certificates) as server:
        assert connect(server, environment).list_pipelines() == ()


def test_a_password_is_not_sent_without_encryption_from_an_https_host(
    connect: Any, certificates: Certificates
) -> None:
    settings = DexSettings({"me": "pass"})
    with KfpServer(gate=AuthserviceGate(settings)) as plain:
        with KfpServer(certificates=certificates) as server:
            server.faults.add(Fault(times=-1, answer=redirect(f"{plain.url}/pipeline")))
            environment = {
                "KUBEFLOW_CA_FILE": str(certificates.authority),
                "DEX_USERNAME": "me",
                "DEX_PASSWORD": "pass",
            }
            with pytest.raises(AuthenticationError, match="without encryption; not sent"):
                connect(server, environment).check_connection()

        assert [request for request in plain.received if request.method == "POST"] == []
