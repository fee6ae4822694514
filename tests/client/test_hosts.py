"""Hosts, proxies, and servers that are not a Kubeflow Pipelines API."""

from __future__ import annotations

from typing import Any

import pytest

from kedro_kubeflow.errors import ConfigError, ServerRefusedError, ServerUnreachableError
from kfp_server import (
    Answer,
    KfpServer,
    LoopbackServer,
    Request,
    json_answer,
    redirect,
    sample_workflow,
)


def test_an_interface_whose_api_server_is_away_says_so(connect: Any) -> None:
    server = LoopbackServer(lambda _: json_answer({"apiServerReady": False}))
    with server, pytest.raises(ServerUnreachableError, match="check the deployment ml-pipeline"):
        connect(server).check_connection()


def test_the_interfaces_own_health_is_understood(connect: Any) -> None:
    body = {"apiServerReady": True, "apiServerTagName": "2.0.5", "apiServerMultiUser": True}
    with LoopbackServer(lambda _: json_answer(body)) as server:
        info = connect(server).check_connection()

    assert (info.version, info.multi_user) == ("2.0.5", True)


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_server_that_moved_says_where_to(connect: Any, slash: str) -> None:
    def moved(request: Request) -> Answer:
        return redirect(f"https://kubeflow.example.com{request.path}{slash}")

    with LoopbackServer(moved) as server, pytest.raises(ServerRefusedError) as caught:
        connect(f"{server.url}/pipeline").check_connection()

    assert "set host to its new URL: https://kubeflow.example.com/pipeline" in str(caught.value)


def test_another_server_is_recognised(connect: Any) -> None:
    server = LoopbackServer(lambda _: json_answer({"detail": "Not Found"}, 404))
    with server, pytest.raises(ServerRefusedError, match="no Kubeflow Pipelines API at this host"):
        connect(server).check_connection()


@pytest.mark.parametrize("suffix", ["", "/", "/pipeline", "/pipeline/", "/_/pipeline/?ns=a#/runs"])
def test_the_host_may_be_written_in_many_ways(
    connect: Any, any_server: KfpServer, suffix: str
) -> None:
    client = connect(any_server.url + suffix)

    client.check_connection()

    path = "/pipeline" if "pipeline" in suffix else ""
    assert [r.path for r in any_server.received] == [f"{path}/apis/v1beta1/healthz"]
    assert client.links.run("1") == f"{any_server.url}{path}/#/runs/details/1"


@pytest.mark.parametrize(
    "host", ["kubeflow.example.com", "", "ftp://example.com", "http://", "http://a:b"]
)
def test_a_host_that_is_none(connect: Any, host: str) -> None:
    with pytest.raises(ConfigError, match="is not a valid URL"):
        connect(host)


def test_a_host_with_a_password_is_refused_without_showing_it(connect: Any) -> None:
    with pytest.raises(ConfigError) as caught:
        connect("https://me:hunter2@kubeflow.example.com")

    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_a_proxy_of_the_environment_is_used(connect: Any, any_server: KfpServer, name: str) -> None:
    client = connect("http://kubeflow.example.com/pipeline", {name: any_server.url})

    client.check_connection()

    (request,) = any_server.received
    assert request.target == "http://kubeflow.example.com/pipeline/apis/v1beta1/healthz"


def test_hosts_that_need_no_proxy_are_asked_directly(connect: Any, any_server: KfpServer) -> None:
    environment = {"HTTP_PROXY": "http://127.0.0.1:9", "NO_PROXY": "localhost,127.0.0.1"}

    assert connect(any_server, environment).check_connection()


def test_a_proxy_that_is_not_there_is_named_as_such(connect: Any) -> None:
    environment = {"HTTP_PROXY": "http://me:hunter2@127.0.0.1:9"}

    with pytest.raises(ServerUnreachableError, match="the proxy from the environment") as caught:
        connect("http://kubeflow.example.com", environment).check_connection()

    assert "hunter2" not in str(caught.value)


def test_what_the_environment_says_to_kfp_is_no_matter(
    connect: Any, any_server: KfpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KF_PIPELINES_ENDPOINT", "https://elsewhere.example.com")
    monkeypatch.setenv("KF_PIPELINES_OVERRIDE_EXPERIMENT_NAME", "elsewhere")
    monkeypatch.setenv("KF_PIPELINES_IAP_OAUTH2_CLIENT_ID", "1")
    connect(any_server).run_once(sample_workflow(), experiment_name="mine", run_name="r")

    assert [e.name for e in any_server.store.experiments.values()] == ["mine"]
