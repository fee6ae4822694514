"""Logs of steps: from pods through the Kubernetes API, else from what Argo archived."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kedro_kubeflow.errors import InputError, ServerError, ServerUnreachableError
from kfp_server import KfpServer, KubernetesApi, Pod, sample_workflow


@pytest.fixture
def cluster() -> Iterator[KubernetesApi]:
    with KubernetesApi() as started:
        yield started


@pytest.fixture
def environment(cluster: KubernetesApi, tmp_path: Path) -> dict[str, str]:
    return {"KUBECONFIG": str(cluster.write_kubeconfig(tmp_path)), "HOME": str(tmp_path)}


def finished_run(client: Any, **workflow: Any) -> Any:
    run = client.run_once(sample_workflow(**workflow), experiment_name="exp", run_name="a run")
    (*_, last) = client.wait(run.run_id, 10)
    return last


def pod_of(run: Any, task: str, **changes: Any) -> Pod:
    step = next(step for step in run.steps if step.task == task)
    return Pod(
        **{
            "name": f"named-by-argo-{task}-1234",
            "namespace": run.namespace,
            "workflow": run.workflow_name,
            "node_name": step.node_name,
            **changes,
        }
    )


@pytest.mark.parametrize("name", ["train", "train node"])
def test_the_log_of_the_steps_pod(
    connect: Any, server: KfpServer, cluster: KubernetesApi, environment: Any, name: str
) -> None:
    client = connect(server, environment)
    run = finished_run(client)
    cluster.pods = [
        pod_of(run, "load", log="loading\n"),
        pod_of(run, "train", log="epoch 1\nepoch ü\n\nlast without an end"),
    ]

    lines = list(client.logs(run.run_id, name))

    assert lines == ["epoch 1", "epoch ü", "", "last without an end"]
    last = list(cluster.received)[-1]
    assert last.query["container"] == "main"


def test_of_a_step_with_retries_the_last_attempt(
    connect: Any, any_server: KfpServer, cluster: KubernetesApi, environment: Any
) -> None:
    any_server.script.fail_once["train"] = "exit code 1"
    client = connect(any_server, environment)
    run = finished_run(client, retries={"train": 2})
    cluster.pods = [
        pod_of(run, "train", name="first", node_name=f"{run.workflow_name}.train(0)", log="1"),
        pod_of(run, "train", name="second", node_name=f"{run.workflow_name}.train(1)", log="2"),
    ]

    assert list(client.logs(run.run_id, "train")) == ["2"]


def test_a_log_can_be_followed(
    connect: Any, any_server: KfpServer, cluster: KubernetesApi, environment: Any
) -> None:
    client = connect(any_server, environment)
    run = finished_run(client)
    cluster.pods = [pod_of(run, "train", log="a\nb\n")]

    assert list(client.logs(run.run_id, "train", follow=True)) == ["a", "b"]
    assert list(cluster.received)[-1].query["follow"] == "True"


def test_a_pod_that_is_gone_is_said_with_the_steps_state(
    connect: Any, any_server: KfpServer, environment: Any
) -> None:
    any_server.script.fail["train"] = "exit code 1"
    client = connect(any_server, environment)
    run = finished_run(client)

    with pytest.raises(ServerError) as caught:
        list(client.logs(run.run_id, "train"))

    assert "its pod is gone from the namespace kubeflow" in str(caught.value)
    assert "the step is Failed (exit code 1)" in str(caught.value)


def test_a_pod_that_is_gone_may_have_left_an_archived_log(
    connect: Any, any_server: KfpServer, environment: Any
) -> None:
    client = connect(any_server, environment)
    run = finished_run(client)
    step = next(step for step in run.steps if step.task == "train")
    any_server.runs.archived_logs[step.node_id, "main-logs"] = b"from the archive\nline two\n"

    assert list(client.logs(run.run_id, "train")) == ["from the archive", "line two"]


def test_without_a_cluster_what_to_set_is_said(
    connect: Any, any_server: KfpServer, tmp_path: Path
) -> None:
    client = connect(any_server, {"HOME": str(tmp_path)})
    run = finished_run(client)

    with pytest.raises(ServerError) as caught:
        list(client.logs(run.run_id, "train"))

    assert f"neither {tmp_path}/.kube/config nor a pod's service account token" in str(caught.value)
    assert "Set KUBECONFIG" in str(caught.value)


def test_a_container_that_has_not_begun_gives_kubernetes_words(
    connect: Any, any_server: KfpServer, cluster: KubernetesApi, environment: Any
) -> None:
    client = connect(any_server, environment)
    run = finished_run(client)
    cluster.pods = [pod_of(run, "train", reason="ImagePullBackOff")]

    with pytest.raises(ServerError, match="is waiting to start: ImagePullBackOff"):
        list(client.logs(run.run_id, "train"))


def test_a_cluster_that_wants_other_credentials(
    connect: Any, any_server: KfpServer, cluster: KubernetesApi, environment: Any
) -> None:
    cluster.token = "another"
    client = connect(any_server, environment)
    run = finished_run(client)

    with pytest.raises(ServerError, match="Kubernetes answered 401"):
        list(client.logs(run.run_id, "train"))


def test_a_cluster_that_is_not_there(
    connect: Any, any_server: KfpServer, cluster: KubernetesApi, environment: Any
) -> None:
    client = connect(any_server, environment)
    run = finished_run(client)
    cluster.stop()

    with pytest.raises(ServerUnreachableError, match="cannot connect to Kubernetes"):
        list(client.logs(run.run_id, "train"))


def test_a_kubeconfig_that_is_broken(connect: Any, any_server: KfpServer, tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_text("clusters: []\ncontexts: []\n")
    client = connect(any_server, {"KUBECONFIG": str(path)})
    run = finished_run(client)

    with pytest.raises(ServerError, match="is not valid"):
        list(client.logs(run.run_id, "train"))


def test_an_unknown_step_is_refused_with_the_nearest(connect: Any, any_server: KfpServer) -> None:
    client = connect(any_server)
    run = finished_run(client)

    with pytest.raises(InputError, match="no step 'trian node'; did you mean 'train node'"):
        client.logs(run.run_id, "trian node")


def test_a_step_that_has_not_begun(connect: Any, any_server: KfpServer) -> None:
    any_server.script.hang["load"] = "Unschedulable"
    client = connect(any_server)
    run = client.run_once(sample_workflow(), experiment_name="exp", run_name="a run")

    with pytest.raises(InputError, match="has not started"):
        client.logs(run.run_id, "train")
