"""Waiting continues while the server is down, sessions expire and tokens rotate."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from kedro_kubeflow.errors import AuthenticationError, ServerRefusedError, ServerUnreachableError
from kfp_server import (
    AuthserviceGate,
    BearerGate,
    DexSettings,
    Fault,
    KfpServer,
    gateway_error,
    login_page,
    not_utf8,
    sample_workflow,
    status,
)


def start(client: Any) -> str:
    run = client.run_once(sample_workflow(), experiment_name="exp", run_name="a run")
    return str(run.run_id)


TROUBLES: list[Any] = [
    {"close": True},
    {"answer": status(500)},
    {"answer": gateway_error(503)},
    {"answer": gateway_error(502)},
    {"answer": gateway_error(404)},
    {"answer": not_utf8()},
    {"answer": status(429)},
]


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_server_that_is_restarted_is_waited_for(
    connect: Any, any_server: KfpServer, trouble: dict[str, Any]
) -> None:
    any_server.script.hang["load"] = "Unschedulable"
    client = connect(any_server)
    run = start(client)
    any_server.faults.add(Fault("GET", "/runs/", skip=1, times=3, **trouble))
    any_server.script.pace = 0.02
    remarks = []

    for snapshot in client.wait(run, 20):
        remarks.append(snapshot.remark)
        if "does not answer" in snapshot.remark:
            any_server.script.released.set()

    assert any("the server does not answer now" in remark for remark in remarks)
    assert remarks[-1] == ""
    assert snapshot.succeeded


def test_a_server_that_is_not_there_for_a_while_is_waited_for(
    connect: Any, any_server: KfpServer
) -> None:
    any_server.script.hang["load"] = "Unschedulable"
    client = connect(any_server)
    run = start(client)
    snapshots = client.wait(run, 20)
    next(snapshots)
    any_server.restart_after(0.3)
    any_server.script.released.set()

    seen = list(snapshots)

    assert any("no connection" in s.remark for s in seen)
    assert seen[-1].succeeded


def test_a_server_that_never_comes_back_is_an_error_with_the_link(
    connect: Any, any_server: KfpServer
) -> None:
    any_server.script.hang["load"] = "Unschedulable"
    client = connect(any_server, patience=0.3)
    run = start(client)
    snapshots = client.wait(run, 20)
    next(snapshots)
    any_server.stop()

    with pytest.raises(ServerUnreachableError) as caught:
        list(snapshots)

    assert f"the run itself continues; see {any_server.url}/#/runs/details/{run}" in str(
        caught.value
    )


def test_patience_begins_anew_with_each_trouble(connect: Any, any_server: KfpServer) -> None:
    any_server.script.hang["load"] = "Unschedulable"
    client = connect(any_server, patience=0.3)
    snapshots = client.wait(start(client), 20)
    next(snapshots)
    for _ in range(2):
        any_server.faults.add(Fault("GET", "/runs/", close=True))
        while not next(snapshots).remark:
            pass
        while next(snapshots).remark:
            pass
        time.sleep(0.4)
    any_server.script.released.set()

    assert list(snapshots)[-1].succeeded


def test_a_run_that_was_deleted_is_an_error_at_once(connect: Any, any_server: KfpServer) -> None:
    any_server.script.hang["load"] = "Unschedulable"
    client = connect(any_server)
    run = start(client)
    snapshots = client.wait(run, 20)
    next(snapshots)
    del any_server.store.runs[run]

    with pytest.raises(ServerRefusedError, match=r"404.*; the run was deleted on the server"):
        list(snapshots)


def test_a_session_that_expires_is_renewed_again_and_again(connect: Any) -> None:
    gate = AuthserviceGate(DexSettings({"me": "pass"}))
    with KfpServer(gate=gate) as server:
        server.script.hang["load"] = "Unschedulable"
        client = connect(server, {"DEX_USERNAME": "me", "DEX_PASSWORD": "pass"})
        run = start(client)
        timer = threading.Timer(0.5, server.script.released.set)
        timer.start()
        seen = []
        for snapshot in client.wait(run, 20):
            seen.append(snapshot)
            gate.expire()

        assert gate.logins > 2
    assert seen[-1].succeeded
    assert {snapshot.remark for snapshot in seen} == {""}


@pytest.mark.parametrize("answer", [login_page(), status(401), gateway_error(403)])
def test_a_session_that_cannot_be_renewed_is_an_error(
    connect: Any, any_server: KfpServer, answer: Any
) -> None:
    client = connect(any_server, {"KUBEFLOW_TOKEN": "secret"})
    run = start(client)
    any_server.faults.add(Fault("GET", "/runs/", times=-1, answer=answer))

    with pytest.raises(AuthenticationError, match="set KUBEFLOW_TOKEN"):
        list(client.wait(run, 20))


def test_a_token_file_that_rotates_while_waiting(connect: Any, tmp_path: Any) -> None:
    path = tmp_path / "token"
    path.write_text("first")
    gate = BearerGate({"first"})
    with KfpServer(gate=gate) as server:
        server.script.hang["load"] = "Unschedulable"
        client = connect(server, {"KUBEFLOW_TOKEN_FILE": str(path)})
        snapshots = client.wait(start(client), 20)
        next(snapshots)
        path.write_text("second")
        gate.tokens = {"second"}
        server.script.released.set()

        assert list(snapshots)[-1].succeeded
