"""Reading, retrying and terminating runs."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from kedro_kubeflow.errors import InputError, ServerRefusedError
from kfp_server import Fault, KfpServer, sample_workflow


def start(client: Any, workflow: Any = None) -> Any:
    workflow = workflow or sample_workflow()
    return client.run_once(workflow, experiment_name="exp", run_name="a run")


def test_the_state_of_a_run(connect: Any, server: KfpServer) -> None:
    server.script.hang["train"] = "ImagePullBackOff: Back-off pulling image"
    client = connect(server)
    run = start(client)
    while not any(step.hangs for step in client.status(run.run_id).steps):
        pass

    snapshot = client.status(run.link)

    assert (snapshot.status, snapshot.finished) == ("Running", False)
    assert [(s.name, s.task, s.phase, s.message) for s in snapshot.steps] == [
        ("load node", "load", "Succeeded", ""),
        ("train node", "train", "Pending", "ImagePullBackOff: Back-off pulling image"),
    ]
    assert snapshot.link == run.link


def test_a_run_that_is_not_there(connect: Any, any_server: KfpServer) -> None:
    with pytest.raises(
        ServerRefusedError, match="cannot read the run nowhere: the server answered 404"
    ):
        connect(any_server).status("nowhere")


def test_a_failed_run_is_retried_and_keeps_what_succeeded(connect: Any, server: KfpServer) -> None:
    server.script.fail_once["train"] = "exit code 1"
    client = connect(server)
    run = start(client)
    (*_, failed) = client.wait(run.run_id, 10)
    loaded = next(s for s in failed.steps if s.task == "load").started_at

    server.script.hang["train"] = "Unschedulable"
    retried = client.retry(run.run_id)
    server.script.released.set()
    (*_, last) = client.wait(run.run_id, 10)

    assert failed.explanation == "step 'train node' failed: exit code 1"
    assert retried.status == "Running"
    assert last.succeeded
    assert next(s for s in last.steps if s.task == "load").started_at == loaded


@pytest.mark.parametrize(
    ("has_volume", "hours", "retried"), [(True, 1, True), (True, 200, False), (False, 200, True)]
)
def test_a_run_whose_volume_is_gone_is_not_retried(
    connect: Any, server: KfpServer, has_volume: bool, hours: int, retried: bool
) -> None:
    """Argo would wait for ever: it takes the step that created the volume for done."""
    workflow = sample_workflow()  # with a ttl of 168 hours
    claim = {
        "action": "create",
        "setOwnerReference": has_volume,
        "manifest": "kind: PersistentVolumeClaim",
    }
    workflow["spec"]["templates"].append({"name": "volume", "resource": claim})
    server.script.fail_once["train"] = "exit code 1"
    client = connect(server)
    run = start(client, workflow=workflow)
    list(client.wait(run.run_id, 10))
    server.only_run().finished_at -= dt.timedelta(hours=hours)

    if retried:
        assert client.retry(run.run_id).run_id == run.run_id
    else:
        with pytest.raises(InputError, match=r"Its volume was deleted then.*start a new run"):
            client.retry(run.run_id)
        assert not server.received.matching("POST", "/runs/.*/retry")


def test_a_run_that_succeeded_is_not_retried(connect: Any, any_server: KfpServer) -> None:
    client = connect(any_server)
    run = start(client)
    list(client.wait(run.run_id, 10))

    with pytest.raises(ServerRefusedError) as caught:
        client.retry(run.run_id)

    assert "must be Failed/Error to retry; the run is Succeeded" in str(caught.value)


def test_a_run_is_ended(connect: Any, server: KfpServer) -> None:
    server.script.hang["load"] = "Unschedulable"
    client = connect(server)
    run = start(client)

    assert client.terminate(run.run_id).status in ("Terminating", "Failed")
    (*_, last) = client.wait(run.run_id, 10)
    assert (last.status, last.succeeded) == ("Failed", False)
    with pytest.raises(ServerRefusedError, match=r"cannot terminate the run .* the run is Failed"):
        client.terminate(run.run_id)


@pytest.mark.parametrize("action", ["retry", "terminate"])
def test_an_action_whose_answer_was_lost_is_no_error(
    connect: Any, any_server: KfpServer, action: str
) -> None:
    if action == "retry":
        any_server.script.fail_once["load"] = "exit code 1"
    else:
        any_server.script.hang["load"] = "Unschedulable"
    client = connect(any_server)
    run = start(client)
    if action == "retry":
        list(client.wait(run.run_id, 10))
        any_server.script.hang["load"] = "Unschedulable"
    any_server.faults.add(Fault("POST", f"/{action}$", close=True, after_work=True))

    snapshot = getattr(client, action)(run.run_id)

    assert snapshot.status in (("Running",) if action == "retry" else ("Terminating", "Failed"))
    assert any_server.received.lines().count(f"POST /runs/{run.run_id}/{action}") == 1
