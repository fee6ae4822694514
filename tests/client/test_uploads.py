"""Uploading pipelines and versions, and listing them."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import yaml

from kedro_kubeflow.errors import InputError, ParameterError, ServerError, ServerRefusedError
from kfp_server import Answer, Fault, KfpServer, gateway_error, sample_workflow, status


def test_a_new_pipeline(connect: Any, server: KfpServer) -> None:
    workflow = sample_workflow()

    made = connect(server).upload_pipeline(workflow, "[demo] train (env: prod)", description="why")

    assert server.received.lines() == ["GET /healthz", "GET /pipelines", "POST /pipelines/upload"]
    (sent,) = server.received.matching("POST", "/pipelines/upload")
    assert sent.query == {"name": "[demo] train (env: prod)", "description": "why"}
    assert b'name="uploadfile"; filename="pipeline.yaml"' in sent.body
    (version,) = server.store.versions.values()
    assert version.workflow["spec"]["entrypoint"] == workflow["spec"]["entrypoint"]
    assert (made.action, made.pipeline_name) == ("created", "[demo] train (env: prod)")
    assert made.version_id == made.pipeline_id
    details = f"{server.url}/#/pipelines/details/{made.pipeline_id}"
    assert made.link == f"{details}/version/{made.version_id}"


def test_what_is_unchanged_is_not_uploaded(connect: Any, server: KfpServer) -> None:
    client = connect(server)
    first = client.upload_pipeline(sample_workflow(), "demo")
    server.received.clear()

    second = client.upload_pipeline(sample_workflow(), "demo")

    assert second.action == "unchanged"
    assert second.version_id == first.version_id
    assert [line for line in server.received.lines() if line.startswith("POST")] == []


def test_force_uploads_all_the_same(connect: Any, server: KfpServer) -> None:
    client = connect(server)
    client.upload_pipeline(sample_workflow(), "demo")

    second = client.upload_pipeline(sample_workflow(), "demo", force=True)
    third = client.upload_pipeline(sample_workflow(), "demo", force=True)

    assert (second.action, third.action) == ("new version", "new version")
    assert len({second.version_name, third.version_name}) == 2
    assert len(server.store.versions) == 3


def change_image(workflow: Any) -> None:
    workflow["spec"]["templates"][0]["container"]["image"] = "registry.example.com/demo:2"


def change_memory(workflow: Any) -> None:
    workflow["spec"]["templates"][0]["container"]["resources"]["requests"]["memory"] = "1025Mi"


def change_default(workflow: Any) -> None:
    workflow["spec"]["arguments"]["parameters"][0]["value"] = "0.6"


def change_ttl(workflow: Any) -> None:
    workflow["spec"]["ttlStrategy"]["secondsAfterCompletion"] = 60


def add_security(workflow: Any) -> None:
    workflow["spec"]["securityContext"] = {"runAsUser": 0, "runAsNonRoot": False}


@pytest.mark.parametrize(
    "change", [change_image, change_memory, change_default, change_ttl, add_security]
)
def test_what_changed_is_a_new_version(connect: Any, server: KfpServer, change: Any) -> None:
    client = connect(server)
    first = client.upload_pipeline(sample_workflow(), "demo")
    changed = sample_workflow()
    change(changed)

    second = client.upload_pipeline(changed, "demo", version_name="two", description="50% + more")

    (sent,) = server.received.matching("POST", "/pipelines/upload_version")
    assert sent.query["pipelineid"] == first.pipeline_id
    assert (second.action, second.version_name) == ("new version", "two")
    assert server.store.versions[second.version_id].description == "50% + more"
    # From now on, the changed workflow is the one to compare with.
    assert client.upload_pipeline(changed, "demo").action == "unchanged"
    assert client.upload_pipeline(sample_workflow(), "demo").action == "new version"


def test_the_same_amounts_and_empty_fields_are_no_change(
    connect: Any, any_server: KfpServer
) -> None:
    client = connect(any_server)
    client.upload_pipeline(sample_workflow(), "demo")
    same = sample_workflow()
    container = same["spec"]["templates"][0]["container"]
    container["resources"] = {"requests": {"cpu": "0.5", "memory": "1Gi"}}
    container["volumeMounts"] = []
    note = {"pipelines.kubeflow.org/pipeline_compilation_time": "2024-01-01T00:00:00"}
    same["metadata"]["annotations"].update(note)

    assert client.upload_pipeline(same, "demo").action == "unchanged"


@pytest.mark.parametrize("name", ["a+b", "50% off", "50%25", "a b", "ünï", "a/b?c&d#e"])
def test_any_name_arrives_and_is_found_again(connect: Any, server: KfpServer, name: str) -> None:
    client = connect(server)

    first = client.upload_pipeline(sample_workflow(), name)

    assert first.pipeline_name == name
    assert [p.name for p in server.store.pipelines.values()] == [name]
    assert client.upload_pipeline(sample_workflow(), name).action == "unchanged"


@pytest.mark.parametrize("name", ["a+b", "50% off"])
def test_a_server_that_decodes_names_twice_without_saying_so(connect: Any, name: str) -> None:
    with KfpServer("2.0.5") as server:
        server.pipelines.names_decoded_twice = True

        made = connect(server).upload_pipeline(sample_workflow(), name)

        assert made.pipeline_name == name
        assert [p.name for p in server.store.pipelines.values()] == [name]


def test_names_that_differ_in_case_are_one_pipeline(connect: Any, server: KfpServer) -> None:
    client = connect(server)
    client.upload_pipeline(sample_workflow(), "Demo")

    assert client.upload_pipeline(sample_workflow(), "demo").action == "unchanged"


@pytest.mark.parametrize(
    ("name", "workflow", "error", "words"),
    [
        ("ü" * 51, sample_workflow(), InputError, "has 102 bytes"),
        ("", sample_workflow(), InputError, "has 0 bytes"),
        ("demo", sample_workflow(parameters={"p": "x" * 10_000}), ParameterError, "10,000"),
    ],
)
def test_what_the_server_would_refuse_is_refused_before(
    connect: Any, any_server: KfpServer, name: str, workflow: Any, error: Any, words: str
) -> None:
    with pytest.raises(error, match=words):
        connect(any_server).upload_pipeline(workflow, name)

    assert len(any_server.received) == 0


@pytest.mark.parametrize(
    "fault",
    [
        {"cut_upload_after": 300},
        {"close": True},
        {"close": True, "after_work": True},
        {"answer": status(500)},
        {"answer": gateway_error()},
        {"answer": gateway_error(), "after_work": True},
    ],
)
@pytest.mark.parametrize("there", [False, True])
def test_an_upload_whose_answer_is_missing_happens_exactly_once(
    connect: Any, server: KfpServer, fault: dict[str, Any], there: bool
) -> None:
    client = connect(server)
    if there:
        client.upload_pipeline(sample_workflow(image="old"), "demo")
    server.faults.add(Fault("POST", "/upload", **fault))

    made = client.upload_pipeline(sample_workflow(), "demo")

    assert len(server.store.pipelines) == 1
    assert len(server.store.versions) == (2 if there else 1)
    assert made.version_id in server.store.versions
    assert client.upload_pipeline(sample_workflow(), "demo").action == "unchanged"


def test_somebody_who_was_faster_gets_a_new_version_from_us(
    connect: Any, server: KfpServer
) -> None:
    other, ours = connect(server), connect(server)
    ours.check_connection()
    other.upload_pipeline(sample_workflow(image="other"), "demo")
    server.faults.add(Fault("GET", "/pipelines$", answer=status(200, "")))

    made = ours.upload_pipeline(sample_workflow(), "demo")

    assert made.action == "new version"
    assert len(server.store.versions) == 2


def test_a_server_that_says_500_for_ever(connect: Any, any_server: KfpServer) -> None:
    any_server.faults.add(Fault("POST", "/upload$", times=-1, answer=status(500, "disk full")))

    with pytest.raises(ServerError, match=r"cannot upload the pipeline 'demo': .*disk full"):
        connect(any_server).upload_pipeline(sample_workflow(), "demo")

    assert any_server.received.lines().count("POST /pipelines/upload") == 4


def test_a_refusal_that_does_not_say_why_is_explained_and_not_repeated(
    connect: Any, any_server: KfpServer
) -> None:
    """As uploads of 2.15 to 2.16.1 answer, and 2.17 where Argo's validator refuses."""
    said = Answer(500, b'{"error_message": "Failed to create a pipeline and a pipeline version"}')
    any_server.faults.add(Fault("POST", "/upload$", times=-1, answer=said))

    with pytest.raises(ServerRefusedError, match="ml-pipeline logs the cause"):
        connect(any_server).upload_pipeline(sample_workflow(), "demo")

    assert any_server.received.lines().count("POST /pipelines/upload") == 1


def test_a_workflow_that_the_server_does_not_take(connect: Any, any_server: KfpServer) -> None:
    any_server.faults.add(Fault("POST", "/upload$", answer=status(400, "no entrypoint")))

    with pytest.raises(ServerRefusedError, match="no entrypoint"):
        connect(any_server).upload_pipeline(sample_workflow(), "demo")


def test_a_version_that_cannot_be_read_is_no_reason_not_to_upload(
    connect: Any, any_server: KfpServer, caplog: pytest.LogCaptureFixture
) -> None:
    client = connect(any_server)
    client.upload_pipeline(sample_workflow(), "demo")
    any_server.faults.add(Fault("GET", "/templates$", times=-1, answer=status(500, "NoSuchKey")))

    assert client.upload_pipeline(sample_workflow(), "demo").action == "new version"
    assert "NoSuchKey" in caplog.text


def test_what_is_uploaded_is_yaml_of_the_workflow(connect: Any, any_server: KfpServer) -> None:
    workflow = sample_workflow(parameters={"odd": "1e3", "text": 'ü: "x"\n- {{a}}\t$'})
    before = copy.deepcopy(workflow)

    connect(any_server).upload_pipeline(workflow, "demo")

    (sent,) = any_server.received.matching("POST", "/pipelines/upload")
    text = sent.body.split(b"\r\n\r\n", 1)[1].rsplit(b"\r\n--", 1)[0]
    assert yaml.safe_load(text) == workflow == before
