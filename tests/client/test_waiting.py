"""Waiting for runs: what is shown, and when it ends."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from kedro_kubeflow.client import WAITING, PipelineWait
from kedro_kubeflow.errors import StepError
from kfp_server import VERSIONS, Fault, Finished, KfpServer, NodeState, sample_workflow


def start(client: Any, workflow: Any = None) -> str:
    run = client.run_once(workflow or sample_workflow(), experiment_name="exp", run_name="a run")
    return str(run.run_id)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_step_is_shown_as_it_changes(connect: Any, version: str) -> None:
    changes = [
        NodeState("load", "load", "Pending"),
        NodeState("load", "load", "Running"),
        NodeState("load", "load", "Succeeded"),
        NodeState("train", "train", "Pending", "Unschedulable: no node"),
        NodeState("train", "train", "Running"),
        NodeState("train", "train", "Succeeded"),
    ]
    seen_last = threading.Semaphore(0)

    def executor(*_: Any) -> Iterator[Any]:
        """Continues once the last change was seen, so that none is missed on a busy machine."""
        for change in changes:
            seen_last.acquire()
            yield change
        seen_last.acquire()
        yield Finished("Succeeded")

    snapshots = []
    with KfpServer(version, executor=executor) as server:
        client = connect(server)
        for snapshot in client.wait(start(client), 30):
            if snapshot.status == "Running":
                snapshots.append(snapshot)
                seen_last.release()

    states = [[(s.phase, s.message) for s in snapshot.steps] for snapshot in snapshots]
    waiting, done = (WAITING, ""), ("Succeeded", "")
    assert states == [
        [waiting, waiting],
        [("Pending", ""), waiting],
        [("Running", ""), waiting],
        [done, waiting],
        [done, ("Pending", "Unschedulable: no node")],
        [done, ("Running", "")],
        [done, done],
    ]
    assert (snapshot.finished, snapshot.succeeded, snapshot.timed_out) == (True, True, False)
    assert snapshot.finished_at >= snapshot.created_at != ""


def test_a_failure_ends_with_the_steps_name_and_message(connect: Any, server: KfpServer) -> None:
    server.script.fail["train"] = "Error (exit code 137): OOMKilled"
    client = connect(server)

    (*_, last) = client.wait(start(client), 20)

    assert (last.finished, last.succeeded) == (True, False)
    assert last.explanation == "step 'train node' failed: Error (exit code 137): OOMKilled"
    assert [s.name for s in last.steps if s.failed] == ["train node"]


def test_attempts_of_a_step_are_one_step(connect: Any, server: KfpServer) -> None:
    server.script.fail["train"] = "exit code 1"
    client = connect(server)

    (*_, last) = client.wait(start(client, sample_workflow(retries={"train": 2})), 20)

    (train,) = [s for s in last.steps if s.task == "train"]
    assert (train.phase, train.attempts, train.message) == ("Failed", 3, "exit code 1")
    assert last.explanation == "step 'train node' failed after 3 attempts: exit code 1"


@pytest.mark.parametrize(
    "reason",
    [
        'ImagePullBackOff: Back-off pulling image "registry.example.com/demo:1"',
        "Unschedulable: 0/3 nodes are available: 3 Insufficient nvidia.com/gpu.",
        'pods "demo-1" is forbidden: exceeded quota: kf-resource-quota',
    ],
)
def test_a_step_that_hangs_says_why_until_it_goes_on(
    connect: Any, any_server: KfpServer, reason: str
) -> None:
    any_server.script.hang["load"] = reason
    client = connect(any_server)
    seen = []

    for snapshot in client.wait(start(client), 20):
        seen.append(snapshot)
        if any(step.hangs for step in snapshot.steps):
            any_server.script.released.set()

    assert any(s.message == reason and s.hangs for snap in seen for s in snap.steps)
    assert seen[-1].succeeded


@pytest.mark.parametrize("seconds", [0, 0.3, 1.0])
def test_the_time_is_kept(connect: Any, server: KfpServer, seconds: float) -> None:
    server.script.hang["load"] = "Unschedulable"
    client = connect(server)
    run = start(client)
    began = time.monotonic()

    (*_, last) = client.wait(run, seconds)

    assert seconds <= time.monotonic() - began < seconds + 1.2
    assert (last.timed_out, last.finished, last.succeeded) == (True, False, False)


def test_no_pause_outlasts_the_time(connect: Any, any_server: KfpServer) -> None:
    any_server.script.hang["load"] = "Unschedulable"
    client = connect(any_server, first_poll=30.0)
    run = start(client)
    began = time.monotonic()

    (*_, last) = client.wait(run, 0.3)

    assert time.monotonic() - began < 1.5
    assert last.timed_out


@pytest.mark.parametrize("fault", [{"delay": 30}, {"drip": 0.3}])
def test_the_time_is_kept_by_a_server_that_is_slow(
    connect: Any, any_server: KfpServer, fault: dict[str, Any]
) -> None:
    any_server.script.hang["load"] = "Unschedulable"
    client = connect(any_server, answer_seconds=60)
    run = start(client)
    any_server.faults.add(Fault("GET", "/runs/", times=-1, **fault))
    began = time.monotonic()

    (*_, last) = client.wait(run, 0.7)

    assert time.monotonic() - began < 1.7
    assert last.timed_out


def test_a_run_that_ended_in_time_is_no_time_out(connect: Any, any_server: KfpServer) -> None:
    client = connect(any_server)
    run = start(client)
    any_server.only_run().done.wait(5)

    (only,) = client.wait(run, 0)

    assert (only.succeeded, only.timed_out) == (True, False)


def test_a_run_that_stays_without_a_status_is_remarked_on(connect: Any) -> None:
    with KfpServer("1.8.5") as server:
        server.agent.alive = False
        client = connect(server, no_status_after=0.5)

        seen = list(client.wait(start(client), 1.0))

    assert seen[0].remark == ""
    assert "persistence agent may be down" in seen[-1].remark
    assert (seen[-1].status, seen[-1].timed_out) == ("", True)
    assert [s.phase for s in seen[-1].steps] == [WAITING, WAITING]


def test_a_run_is_still_seen_through_an_exit_handler(connect: Any, any_server: KfpServer) -> None:
    workflow = sample_workflow({"load": (), "notify": ()})
    dag = workflow["spec"]["templates"][-1]["dag"]
    dag["tasks"] = dag["tasks"][:1]
    workflow["spec"]["onExit"] = "notify"
    client = connect(any_server)

    (*_, last) = client.wait(start(client, workflow), 20)

    # By the name that the workflow gives it, not by Argo's name of its node.
    assert [(s.name, s.task, s.phase) for s in last.steps] == [
        ("load node", "load", "Succeeded"),
        ("notify node", "notify", "Succeeded"),
    ]


def test_the_error_for_a_missing_pipeline_stays_short_on_a_full_server(
    connect: Any, any_server: KfpServer
) -> None:
    client = connect(any_server)
    for number in range(8):
        client.upload_pipeline(sample_workflow(), f"{number} {'long ' * 18}")
    since = dt.datetime.now(dt.timezone.utc)

    with pytest.raises(StepError) as caught:
        list(client.wait_for_pipeline(PipelineWait("x", since, timeout=20)))

    message = str(caught.value)
    assert "available: 0 long long" in message
    assert "…. Upload it" in message
    assert len(message) < 800
