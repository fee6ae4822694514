"""Starting, reading, retrying and terminating runs: what is sent and what is returned."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from kedro_kubeflow.errors import (
    InputError,
    ParameterError,
    ServerError,
    ServerRefusedError,
    ServerUnreachableError,
)
from kfp_server import Fault, KfpServer, gateway_error, sample_workflow, status


def start(client: Any, **changes: Any) -> Any:
    arguments = {"experiment_name": "exp", "run_name": "a run", **changes}
    return client.run_once(arguments.pop("workflow", sample_workflow()), **arguments)


def test_a_run_is_submitted_into_a_new_experiment(connect: Any, server: KfpServer) -> None:
    workflow = sample_workflow(parameters={"alpha": "0.5", "my_list": "[]", "text": "x"})

    run = start(
        connect(server),
        workflow=workflow,
        parameters={"text": 'ü "quoted" $x\n', "my_list": "[1, 2]"},
        description="why",
        service_account="robot",
    )

    assert server.received.lines() == [
        "GET /healthz",
        "GET /experiments",
        "POST /experiments",
        "POST /runs",
    ]
    (made,) = server.received.matching("POST", "/experiments")
    assert made.json == {"name": "exp"}
    (sent,) = server.received.matching("POST", "/runs")
    assert json.loads(sent.json["pipeline_spec"].pop("workflow_manifest")) == workflow
    assert sent.json["name"] == "a run"
    assert sent.json["description"] == "why"
    assert sent.json["service_account"] == "robot"
    assert sent.json["pipeline_spec"]["parameters"] == [
        {"name": "text", "value": 'ü "quoted" $x\n'},
        {"name": "my_list", "value": "[1, 2]"},
    ]
    assert sent.json["resource_references"] == [
        {"key": {"type": "EXPERIMENT", "id": run.experiment_id}, "relationship": "OWNER"}
    ]
    assert run.run_id == server.only_run().id
    assert run.link == f"{server.url}/#/runs/details/{run.run_id}"
    assert run.experiment_link == f"{server.url}/#/experiments/details/{run.experiment_id}"


def test_an_experiment_that_is_there_is_used_whatever_the_case_of_its_name(
    connect: Any, server: KfpServer
) -> None:
    client = connect(server)

    first = start(client, experiment_name="Exp")
    second = start(client, experiment_name="exp")

    assert first.experiment_id == second.experiment_id


@pytest.mark.parametrize("name", ["a+b", "50% off", 'quote " and \\', "ünïcode", "a&b=c #d"])
def test_any_name_of_an_experiment_is_found_again(
    connect: Any, server: KfpServer, name: str
) -> None:
    client = connect(server)

    first = start(client, experiment_name=name)
    second = start(client, experiment_name=name)

    assert first.experiment_id == second.experiment_id
    assert [e.name for e in server.store.experiments.values()] == [name]


def test_a_lost_race_for_an_experiment_is_none(connect: Any, server: KfpServer) -> None:
    client = connect(server)
    other = start(client).experiment_id
    server.faults.add(Fault("GET", "/experiments$", answer=status(200, "")))

    assert start(client).experiment_id == other
    assert server.received.lines().count("POST /experiments") == 2


def test_a_multi_user_server_gets_the_namespace(connect: Any) -> None:
    with KfpServer("2.0.5", multi_user=True) as server:
        run = start(connect(server, namespace="team-a"))
        start(connect(server, namespace="team-a"))
        start(connect(server, namespace="team-b"))

        (first, *_) = server.received.matching("POST", "/experiments")
        query = server.received.matching("GET", "/experiments")[0].query
        namespaces = [e.namespace for e in server.store.experiments.values()]
    key = {"type": "NAMESPACE", "id": "team-a"}
    assert first.json["resource_references"] == [{"key": key, "relationship": "OWNER"}]
    assert query["resource_reference_key.type"] == "NAMESPACE"
    assert query["resource_reference_key.id"] == "team-a"
    assert namespaces == ["team-a", "team-b"]
    assert server.store.runs[run.run_id].workflow["metadata"]["namespace"] == "team-a"


def test_a_multi_user_server_without_a_namespace_is_an_error_that_says_how(connect: Any) -> None:
    with KfpServer(multi_user=True) as server, pytest.raises(InputError) as caught:
        start(connect(server))

    assert "-en NAMESPACE" in str(caught.value)


def test_a_pod_uses_its_own_namespace(
    connect: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "namespace"
    path.write_text("team-pod\n")
    monkeypatch.setattr("kedro_kubeflow.client.kubeflow_client.POD_NAMESPACE", path)
    with KfpServer(multi_user=True) as server:
        start(connect(server))

        assert [e.namespace for e in server.store.experiments.values()] == ["team-pod"]


def test_a_single_user_server_gets_no_namespace_and_a_warning_says_so(
    connect: Any, any_server: KfpServer, caplog: pytest.LogCaptureFixture
) -> None:
    start(connect(any_server, namespace="team-a"))

    assert "resource_references" not in any_server.received.matching("POST", "/experiments")[0].json
    assert "single-user server" in caplog.text
    assert "team-a" in caplog.text


def test_an_unknown_parameter_is_refused_before_anything_is_sent(
    connect: Any, any_server: KfpServer
) -> None:
    with pytest.raises(ParameterError, match="'aplha'; did you mean 'alpha'"):
        start(connect(any_server), parameters={"aplha": "1"})

    assert len(any_server.received) == 0


def test_parameters_that_are_too_large_name_the_largest(
    connect: Any, any_server: KfpServer
) -> None:
    workflow = sample_workflow(parameters={"small": "x" * 3_000, "large": "y" * 3_000})

    with pytest.raises(ParameterError) as caught:
        start(connect(any_server), workflow=workflow, parameters={"large": "<" * 1_200})

    assert "10,000" in str(caught.value)
    assert "'large' with 7,202" in str(caught.value)
    assert len(any_server.received) == 0


def test_the_servers_own_words_reach_the_user(connect: Any, any_server: KfpServer) -> None:
    with pytest.raises(ServerRefusedError) as caught:
        start(connect(any_server), run_name="")

    assert "cannot start the run ''" in str(caught.value)
    assert "The run name is empty" in str(caught.value)


def test_a_run_whose_answer_was_lost_is_found_and_not_started_again(
    connect: Any, server: KfpServer
) -> None:
    client = connect(server)
    server.faults.add(Fault("POST", "/runs$", close=True, after_work=True))

    run = start(client)

    assert server.received.lines().count("POST /runs") == 1
    assert run.run_id == server.only_run().id


@pytest.mark.parametrize(
    "fault",
    [
        {"close": True},
        {"answer": status(500)},
        {"answer": gateway_error(503)},
        {"cut_upload_after": 100},
        {"delay": 1.0, "close": True},
    ],
)
def test_a_run_that_may_have_been_started_is_not_started_again(
    connect: Any, any_server: KfpServer, fault: dict[str, Any]
) -> None:
    client = connect(any_server, answer_seconds=0.5)
    any_server.faults.add(Fault("POST", "/runs$", **fault))

    with pytest.raises(ServerError) as caught:
        start(client)

    assert any_server.received.lines().count("POST /runs") == 1
    assert "the server does not show it yet; check" in str(caught.value)
    assert f"{any_server.url}/#/experiments/details/" in str(caught.value)


def test_a_server_that_blocks_version_1_says_what_to_ask_for(connect: Any) -> None:
    with KfpServer("2.17.0", multi_user=True) as server:
        server.v1_namespaces = {"team-b"}
        with pytest.raises(ServerRefusedError, match="V1_ALLOWED_NAMESPACES"):
            start(connect(server, namespace="team-a"))
        start(connect(server, namespace="team-b"))

    assert len(server.store.runs) == 1


def test_a_request_that_was_one_too_many_is_not_done_twice(
    connect: Any, any_server: KfpServer
) -> None:
    """Some gateways count requests that they have passed on."""
    client = connect(any_server)
    any_server.faults.add(Fault("POST", "/runs$", answer=status(429), after_work=True))
    any_server.faults.add(Fault("POST", "/runs$", answer=status(429)))

    start(client, run_name="first")
    start(client, run_name="second")

    assert len(any_server.store.runs) == 2
    assert any_server.received.lines().count("POST /runs") == 3


def test_an_older_run_of_the_same_name_is_not_taken_for_the_new_one(
    connect: Any, any_server: KfpServer
) -> None:
    client = connect(any_server)
    start(client)
    any_server.only_run().created_at -= dt.timedelta(seconds=1)
    any_server.faults.add(Fault("POST", "/runs$", close=True))

    with pytest.raises(ServerUnreachableError):
        start(client)


def test_a_server_that_stays_away_after_the_request_leaves_it_open(
    connect: Any, any_server: KfpServer
) -> None:
    client = connect(any_server)
    any_server.faults.add(Fault("POST", "/runs$", close=True, after_work=True))
    any_server.faults.add(Fault("GET", "/runs$", times=-1, close=True))

    with pytest.raises(ServerUnreachableError, match="it may have been done anyway"):
        start(client)


def test_a_run_is_sent_again_when_nothing_reached_the_server(connect: Any) -> None:
    server = KfpServer()
    client = connect(server, sleep=lambda _: server.start())
    client.check_connection()
    server.stop()
    # The server comes back at each pause, so only the first attempt of the first request fails.
    run = start(client)

    assert server.received.lines().count("POST /runs") == 1
    assert run.run_id == server.only_run().id
    server.stop()
