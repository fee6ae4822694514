"""The test server refuses what the real ones refuse, with the same status."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kfp_server import KfpServer, sample_workflow
from kfp_server.plain_http import experiment, get, job_body, post, run_body, upload


@pytest.mark.parametrize(
    ("version", "status"), [("1.8.5", 500), ("2.0.5", 500), ("2.5.0", 409), ("2.17.0", 409)]
)
def test_a_duplicate_pipeline_is_refused_whatever_its_case(version: str, status: int) -> None:
    with KfpServer(version) as server:
        upload(server, sample_workflow(), "Demo")
        answer = upload(server, sample_workflow(), "demo")

    assert answer.status_code == status
    assert ("already exist" in answer.json()["error_message"]) == (version != "2.17.0")


@pytest.mark.parametrize(
    ("workflow", "query", "status", "words"),
    [
        ("kind: Pod", {}, 500, "unknown template format"),
        (sample_workflow(parameters={"long": "x" * 10_001}), {}, 500, "exceed maximum size"),
        (sample_workflow(), {"pipelineid": "gone"}, 400, "not found"),
    ],
)
def test_bad_uploads(
    any_server: KfpServer, workflow: Any, query: dict[str, str], status: int, words: str
) -> None:
    answer = upload(any_server, workflow, **query)

    assert (answer.status_code, words in answer.json()["error_message"]) == (status, True)


@pytest.mark.parametrize(
    ("parameters", "status", "words"),
    [
        ({"beta": "1"}, 500, "Unrecognized input parameter: beta"),
        ({"text": "x" * 10_001}, 400, "exceed maximum size of 10000"),
    ],
)
def test_bad_runs(server: KfpServer, parameters: dict[str, str], status: int, words: str) -> None:
    body = run_body(experiment(server), sample_workflow(), **parameters)

    answer = post(server, "/runs", body)

    assert (answer.status_code, words in answer.json()["message"]) == (status, True)


@pytest.mark.parametrize("path", ["/runs/gone", "/pipelines/gone", "/jobs/gone"])
def test_what_is_missing_is_404(any_server: KfpServer, path: str) -> None:
    assert get(any_server, path).status_code == 404


@pytest.mark.parametrize(
    ("text", "names", "status"),
    [("a%252Bb", ["a+b"], 200), ("a+b", [], 200), ("50%", [], 400)],
)
def test_filters_are_decoded_twice(
    any_server: KfpServer, text: str, names: list[str], status: int
) -> None:
    upload(any_server, sample_workflow(), "a%2Bb")
    text = text.replace("%25", "%")
    predicate = {"op": 1, "key": "name", "stringValue": text}

    answer = get(any_server, "/pipelines", filter=json.dumps({"predicates": [predicate]}))

    assert answer.status_code == status
    assert [p["name"] for p in answer.json().get("pipelines", [])] == names


@pytest.mark.parametrize(
    ("cron", "status"),
    [
        ("0 0 4 * * *", 200),
        ("*/5 * * * *", 200),
        ("@daily", 200),
        ("@every 1h", 200),
        ("hello", 400),
        ("0 0 0 4 * * *", 400),
    ],
)
def test_schedules_are_read_as_robfig_reads_them(
    any_server: KfpServer, cron: str, status: int
) -> None:
    version = upload(any_server, sample_workflow()).json()["id"]

    assert post(any_server, "/jobs", job_body(any_server, cron, version)).status_code == status


def test_a_job_with_an_unknown_parameter_is_400(any_server: KfpServer) -> None:
    version = upload(any_server, sample_workflow()).json()["id"]

    answer = post(any_server, "/jobs", job_body(any_server, "@daily", version, beta="1"))

    assert (answer.status_code, "Unrecognized" in answer.text) == (400, True)


def test_a_run_ends_once_and_is_retried_only_after_a_failure(any_server: KfpServer) -> None:
    run = post(any_server, "/runs", run_body(experiment(any_server), sample_workflow())).json()
    any_server.only_run().done.wait(5)

    key = run["run"]["id"]
    assert post(any_server, f"/runs/{key}/terminate").status_code == 400
    assert post(any_server, f"/runs/{key}/retry").status_code == 400


def test_experiments_of_a_multi_user_server_need_a_namespace() -> None:
    with KfpServer(multi_user=True) as server:
        refused = post(server, "/experiments", {"name": "exp"})
        listed = get(server, "/experiments")

    assert (refused.status_code, listed.status_code) == (400, 400)
