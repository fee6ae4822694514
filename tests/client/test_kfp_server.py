"""The test server behaves like the real ones, and kfp's own client works with it."""

from __future__ import annotations

import datetime as dt
import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Union

import pytest
import requests
import yaml

from kfp_server import VERSIONS, Finished, KfpServer, NodeState, sample_workflow
from kfp_server.plain_http import API, experiment, get, job_body, post, run_body, upload


def test_health_says_the_version_and_only_newer_servers_call_it_json(server: KfpServer) -> None:
    answer = get(server, "/healthz")

    assert answer.json() == {
        "commit_sha": "0" * 40,
        "tag_name": server.version,
        "multi_user": False,
    }
    assert ("json" in answer.headers["Content-Type"]) == (server.version != "1.8.5")


def test_empty_lists_and_zeros_are_left_out(server: KfpServer) -> None:
    assert get(server, "/pipelines").json() == {}


def test_the_first_version_has_the_pipelines_id_and_the_second_becomes_the_default(
    server: KfpServer,
) -> None:
    pipeline = upload(server, sample_workflow()).json()
    version = upload(server, sample_workflow(), "v2", pipelineid=pipeline["id"]).json()

    assert pipeline["default_version"]["id"] == pipeline["id"]
    now = get(server, f"/pipelines/{pipeline['id']}").json()
    assert now["default_version"]["id"] == version["id"] != pipeline["id"]


def test_a_stored_workflow_is_what_go_writes(any_server: KfpServer) -> None:
    workflow = sample_workflow()
    workflow["spec"]["notArgo"] = True
    workflow["spec"]["templates"][0]["alsoNot"] = 1
    key = upload(any_server, workflow).json()["id"]

    stored = json.loads(get(any_server, f"/pipeline_versions/{key}/templates").json()["template"])

    template = stored["spec"]["templates"][0]
    assert "notArgo" not in stored["spec"]
    assert "alsoNot" not in template
    assert template["inputs"] == {}
    assert template["container"]["resources"]["requests"] == {"cpu": "500m", "memory": "1Gi"}
    assert stored["status"] == {"startedAt": None, "finishedAt": None}


def test_pages(any_server: KfpServer) -> None:
    for number in range(5):
        upload(any_server, sample_workflow(), f"p{number}")

    first = get(any_server, "/pipelines", page_size="3", sort_by="name desc").json()
    token = first["next_page_token"]
    second = get(
        any_server, "/pipelines", page_size="3", sort_by="name desc", page_token=token
    ).json()

    assert [p["name"] for p in first["pipelines"]] == ["p4", "p3", "p2"]
    assert [p["name"] for p in second["pipelines"]] == ["p1", "p0"]
    assert first["total_size"] == 5
    assert "next_page_token" not in second
    assert get(any_server, "/pipelines", page_token="nonsense").status_code == 400


def test_jobs_write_int64_as_text_and_go_once(server: KfpServer) -> None:
    version = upload(server, sample_workflow()).json()["id"]
    job = post(server, "/jobs", job_body(server, "@daily", version)).json()

    assert job["max_concurrency"] == "1"
    address = f"{server.url}{API}/jobs/{job['id']}"
    assert requests.delete(address, timeout=5).status_code == 200
    assert requests.delete(address, timeout=5).status_code == 404


@pytest.mark.parametrize(("version", "newest"), [("1.8.5", False), ("2.0.5", True)])
def test_a_job_without_a_version_takes_the_default_or_the_latest(
    version: str, newest: bool
) -> None:
    with KfpServer(version) as server:
        pipeline = upload(server, sample_workflow()).json()["id"]
        latest = upload(server, sample_workflow(), "v2", pipelineid=pipeline).json()["id"]
        server.store.pipelines[pipeline].default_version_id = pipeline
        body = job_body(server, "@daily", "")
        body["resource_references"].pop()
        body["pipeline_spec"]["pipeline_id"] = pipeline

        job = post(server, "/jobs", body).json()

    assert job["resource_references"][1]["key"]["id"] == (latest if newest else pipeline)


def test_macros_of_a_recurring_run_are_expanded_in_explicit_parameters_alone(
    any_server: KfpServer,
) -> None:
    workflow = sample_workflow(parameters={"alpha": "[[Index]]", "day": "x"})
    version = upload(any_server, workflow).json()["id"]
    body = job_body(any_server, "@daily", version, day="[[ScheduledTime.2006-01-02]] [[Index]]")
    job = post(any_server, "/jobs", body).json()["id"]

    run = any_server.fire(job, dt.datetime(2024, 5, 6, tzinfo=dt.timezone.utc))

    values = {p["name"]: p["value"] for p in run.parameters}
    assert values == {"alpha": "[[Index]]", "day": "2024-05-06 1"}


def test_macros_of_a_run_are_expanded_in_defaults_too(any_server: KfpServer) -> None:
    workflow = sample_workflow(parameters={"id": "[[RunUUID]]", "kept": "[[Index]]"})

    run = post(any_server, "/runs", run_body(experiment(any_server), workflow)).json()["run"]

    values = {p["name"]: p["value"] for p in run["pipeline_spec"]["parameters"]}
    assert values == {"id": run["id"], "kept": "[[Index]]"}


@pytest.mark.parametrize(("version", "first"), [("1.8.5", None), ("2.0.5", "Pending")])
def test_the_first_status(version: str, first: Any) -> None:
    with KfpServer(version) as server:
        server.agent.delay = 0.3
        run = post(server, "/runs", run_body(experiment(server), sample_workflow())).json()["run"]

    assert run.get("status") == first
    assert run["finished_at"] == "1970-01-01T00:00:00Z"


def test_another_executor_runs_what_is_submitted() -> None:
    ran: list[Any] = []

    def executor(
        workflow: dict[str, Any], parameters: Any, succeeded: frozenset[str] = frozenset()
    ) -> Iterator[Union[NodeState, Finished]]:
        ran.append((workflow["spec"]["entrypoint"], parameters, succeeded))
        yield NodeState("load", "load", "Succeeded")
        yield NodeState("train", "train", "Failed", "exit code 3")
        yield Finished("Failed", "child 'train' failed")

    with KfpServer(executor=executor) as server:
        body = run_body(experiment(server), sample_workflow(), alpha="2")
        key = post(server, "/runs", body).json()["run"]["id"]
        server.only_run().done.wait(5)
        found = get(server, f"/runs/{key}").json()
        post(server, f"/runs/{key}/retry")
        server.only_run().done.wait(5)

    nodes = json.loads(found["pipeline_runtime"]["workflow_manifest"])["status"]["nodes"]
    states = {n["displayName"]: (n["phase"], n.get("message")) for n in nodes.values()}
    assert found["run"]["status"] == "Failed"
    assert (states["load"], states["train"]) == (("Succeeded", None), ("Failed", "exit code 3"))
    assert ran == [
        ("demo", {"alpha": "2", "text": "x"}, frozenset()),
        ("demo", {"alpha": "2", "text": "x"}, frozenset({"load"})),
    ]


@pytest.mark.parametrize("version", VERSIONS)
def test_kfps_own_client_gets_along_with_it(version: str, tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import kfp

    package = tmp_path / "pipeline.yaml"
    package.write_text(yaml.safe_dump(sample_workflow()))
    with KfpServer(version) as server:
        client = kfp.Client(host=server.url)
        pipeline = client.upload_pipeline(str(package), "demo")
        client.upload_pipeline_version(str(package), "v2", pipeline_id=pipeline.id)
        run = client.create_run_from_pipeline_package(
            str(package), {"alpha": "1"}, experiment_name="exp"
        )
        experiment_id = client.get_experiment(experiment_name="exp").id
        job = client.create_recurring_run(
            experiment_id, "job", cron_expression="@daily", pipeline_id=pipeline.id
        )

        server.only_run().done.wait(5)
        assert client.get_pipeline_id("demo") == pipeline.id
        assert client.list_pipeline_versions(pipeline.id).total_size == 2
        assert client.get_run(run.run_id).run.status == "Succeeded"
        assert [j.id for j in client.list_recurring_runs(experiment_id=experiment_id).jobs] == [
            job.id
        ]
