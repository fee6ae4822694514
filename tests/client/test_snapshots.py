"""Runs as servers of each major version describe them."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import pytest

from kedro_kubeflow.client.records import RUN_DETAIL
from kedro_kubeflow.client.run_reading import snapshot_of
from kedro_kubeflow.client.snapshots import WAITING
from kfp_server import sample_workflow


def detail(status: Any = "Running", manifest: Any = None, **run: Any) -> Any:
    text = manifest if isinstance(manifest, str) else json.dumps(manifest or {})
    return RUN_DETAIL(
        {
            "run": {"id": "1", "name": "a run", "status": status, **run},
            "pipeline_runtime": {"workflow_manifest": text},
        },
        "",
    )


def node(kind: str, name: str, phase: str, **more: Any) -> dict[str, Any]:
    return {
        "id": name,
        "name": f"w.{name}",
        "displayName": name,
        "type": kind,
        "phase": phase,
        **more,
    }


def manifest(*nodes: dict[str, Any]) -> dict[str, Any]:
    return {**sample_workflow(), "status": {"nodes": {n["id"]: n for n in nodes}}}


@pytest.mark.parametrize(
    ("status", "finished", "succeeded"),
    [
        (None, False, False),
        ("", False, False),
        ("Unknown", False, False),
        ("Pending", False, False),
        ("Running", False, False),
        ("Terminating", False, False),
        ("Paused", False, False),
        ("Succeeded", True, True),
        ("SUCCEEDED", True, True),
        ("Failed", True, False),
        ("Error", True, False),
        ("Skipped", True, False),
        ("CANCELED", True, False),
    ],
)
def test_only_one_status_is_a_success(status: Any, finished: bool, succeeded: bool) -> None:
    snapshot = snapshot_of(detail(status), "link")

    assert (snapshot.finished, snapshot.succeeded) == (finished, succeeded)


def test_nodes_that_argo_compressed_are_read() -> None:
    nodes = {"load": node("Pod", "load", "Succeeded")}
    packed = base64.b64encode(gzip.compress(json.dumps(nodes).encode())).decode()
    workflow = {**sample_workflow(), "status": {"compressedNodes": packed}}

    steps = snapshot_of(detail(manifest=workflow), "link").steps

    assert [(s.task, s.phase) for s in steps] == [("load", "Succeeded"), ("train", WAITING)]


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"status": {"compressedNodes": "!"}}'])
def test_a_manifest_that_is_none_gives_no_steps(text: str) -> None:
    assert snapshot_of(detail(manifest=text or "{}"), "link").steps == ()
    assert snapshot_of(RUN_DETAIL({"run": {"id": "1"}}, ""), "link").steps == ()


def test_the_graph_itself_is_no_step() -> None:
    found = manifest(node("DAG", "w", "Running"), node("Pod", "load", "Running"))

    assert [s.task for s in snapshot_of(detail(manifest=found), "link").steps] == ["load", "train"]


def test_the_graphs_own_attempts_are_no_steps() -> None:
    """As where the server gives each template retries: the root is a node of type Retry, each attempt has its nodes."""
    root, first, second = node("Retry", "w", "Running", children=["w(0)", "w(1)"]), "w(0)", "w(1)"
    found = manifest(
        root,
        node("DAG", first, "Error"),
        node("DAG", second, "Running"),
        node("Retry", "b", "Running", displayName="load", boundaryID=second, children=["b0"]),
        node("Pod", "b0", "Running", displayName="load(0)", boundaryID=second),
        node("Retry", "a", "Error", displayName="load", boundaryID=first, children=["a0"]),
        node("Pod", "a0", "Error", displayName="load(0)", boundaryID=first, message="main: gone"),
    )
    found["metadata"]["name"] = "w"

    steps = snapshot_of(detail(manifest=found), "link").steps

    assert [(step.task, step.phase, step.node_id) for step in steps] == [
        ("load", "Running", "b0"),
        ("train", WAITING, ""),
    ]


def test_a_state_that_cannot_be_unpacked_is_said() -> None:
    packed = base64.b64encode(b"(\xb5/\xfd of zstd").decode()
    workflow = {**sample_workflow(), "status": {"compressedNodes": packed}}

    found = snapshot_of(detail(manifest=workflow), "link")

    assert "the state of the steps cannot be read" in found.remark
    assert [step.phase for step in found.steps] == [WAITING, WAITING]


def test_steps_below_an_exit_handlers_graph_keep_their_order() -> None:
    workflow = sample_workflow({"zeta": (), "alpha": ("zeta",)})
    *steps, dag = workflow["spec"]["templates"]
    outer = {"name": "outer", "dag": {"tasks": [{"name": "handler", "template": "demo"}]}}
    workflow["spec"].update(templates=[*steps, dag, outer], entrypoint="outer")

    found = snapshot_of(detail(manifest=workflow), "link").steps

    assert [s.task for s in found] == ["zeta", "alpha"]


def test_a_step_that_is_tried_again_has_the_state_of_its_last_attempt() -> None:
    found = manifest(
        node("Retry", "load", "Running", children=["load(0)", "load(1)"]),
        node("Pod", "load(0)", "Failed", message="exit code 1"),
        node("Pod", "load(1)", "Pending", message="ImagePullBackOff: …"),
    )

    step = snapshot_of(detail(manifest=found), "link").steps[0]

    assert (step.phase, step.attempts, step.message) == ("Pending", 2, "ImagePullBackOff: …")
    assert (step.hangs, step.failed, step.node_name) == (True, False, "w.load(1)")


def test_a_failure_that_no_step_explains_has_the_workflows_message() -> None:
    found = manifest(node("DAG", "w", "Error"))
    found["status"]["message"] = "invalid spec: templates.demo …"

    snapshot = snapshot_of(detail("Error", found), "link")

    assert snapshot.explanation == "invalid spec: templates.demo …"
