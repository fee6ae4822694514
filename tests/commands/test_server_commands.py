"""The commands that use a server, run as a user types them, against a server on loopback."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
import yaml

from kfp_server import (
    AuthserviceGate,
    BearerGate,
    DexSettings,
    Fault,
    KfpServer,
    KubernetesApi,
    LoginPageTrap,
    Oauth2ProxyGate,
    Pod,
    status,
)
from local_executor import LocalExecutor
from projects import ENVIRON, KUBEFLOW, Project, take_ctrl_c

Make = Callable[..., Project]


@pytest.fixture(params=["1.8.5", "2.0.5", "2.17.0"])
def server(request: pytest.FixtureRequest) -> Iterator[KfpServer]:
    with KfpServer(request.param) as started:
        yield started


@pytest.fixture
def one_server() -> Iterator[KfpServer]:
    with KfpServer("1.8.5") as started:
        yield started


def on(server: KfpServer, project: Make, **run_config: Any) -> Project:
    config = {"host": f"{server.url}/", "run_config": {**KUBEFLOW["run_config"], **run_config}}  # type: ignore[dict-item]
    return project(kubeflow=config)


def last_json(process: Any) -> Any:
    return json.loads(process.stdout.splitlines()[-1])


def test_a_run_from_the_beginning_to_the_end(server: KfpServer, project: Make) -> None:
    made = on(
        server,
        project,
        run_name="Run {factor} {nested.a.b} {nobody}",
        description="why",
        service_account_name="me",
    )
    process = made.kubeflow(
        "run-once",
        "--wait-for-completion",
        "--param",
        "nested.a.b=[[CurrentTime]] {{workflow.name}}",
        CI="true",
    )
    run = server.only_run()
    link = f"{server.url}/#/runs/details/{run.id}"
    assert (
        f"Run 'Run 3 [[CurrentTime]] {{{{workflow.name}}}} {{nobody}}' submitted: {link}"
        in process.stdout
    )
    assert re.findall(r"^(\S+): Succeeded$", process.stdout, re.M) == [
        *("data-volume-create", "data-volume-init", "split", "total"),
    ]
    assert process.stdout.rstrip().endswith(f"succeeded: {link}")
    (sent,) = server.received.matching("POST", "/runs")
    workflow = json.loads(sent.json["pipeline_spec"]["workflow_manifest"])
    assert workflow == made.compile()
    assert sent.json["description"] == "why"
    assert sent.json["service_account"] == "me"
    # What the server would expand arrives as it was typed.
    assert sent.json["pipeline_spec"]["parameters"] == [
        {"name": "nested", "value": '{"a": {"b": "\\u005b[CurrentTime]] \\u007b{workflow.name}}"}}'}
    ]
    (experiment,) = server.received.matching("POST", "/experiments")
    assert experiment.json["name"] == "Tests"


def test_a_failed_run_says_which_step_and_exits_with_1(
    one_server: KfpServer, project: Make
) -> None:
    one_server.script.fail["total"] = "Error (exit code 1)"
    made = on(one_server, project, wait_for_completion=True)
    process = made.kubeflow("run-once", check=False, CI="true")
    assert process.returncode == 1
    assert "ended as Failed: step 'total' failed: Error (exit code 1)" in process.stdout
    run = one_server.only_run().id
    state = last_json(made.kubeflow("status", run, "--json"))
    assert (state["finished"], state["succeeded"]) == (True, False)
    assert {step["name"]: step["phase"] for step in state["steps"]}["total"] == "Failed"
    assert "total" in made.kubeflow("status", f"{one_server.url}/#/runs/details/{run}").stdout
    one_server.script.fail.clear()
    assert "continues" in made.kubeflow("retry", run, "--wait-for-completion", CI="true").stdout
    assert "succeeded" in made.kubeflow("status", run, "--json").stdout


def test_json_is_all_there_is_on_stdout(one_server: KfpServer, project: Make) -> None:
    made = on(one_server, project)
    found = last_json(made.kubeflow("run-once", "--json"))
    assert found["link"] == f"{one_server.url}/#/runs/details/{found['run_id']}"
    waited = made.kubeflow("run-once", "--json", "--wait-for-completion", CI="true")
    assert last_json(waited)["succeeded"] is True
    assert "total: Succeeded" in waited.stderr
    assert last_json(made.kubeflow("upload-pipeline", "--json"))["action"] == "created"
    assert (
        last_json(made.kubeflow("list-pipelines", "--json"))[0]["name"]
        == "[Shop Floor] __default__ (env: local)"
    )


def test_a_step_that_hangs_is_told_of_and_the_timeout_holds(
    one_server: KfpServer, project: Make
) -> None:
    one_server.script.hang["total"] = "ImagePullBackOff: no such image"
    made = on(one_server, project)
    began = time.monotonic()
    process = made.kubeflow(
        "run-once", "--wait-for-completion", "--timeout", "6", check=False, CI="true"
    )
    assert time.monotonic() - began < 60
    assert process.returncode == 1
    assert "total: Pending: ImagePullBackOff: no such image" in process.stdout
    assert "has not ended within 6 s and continues" in process.stdout
    run = one_server.only_run().id
    assert "is being terminated" in made.kubeflow("terminate", run).stdout
    assert one_server.received.matching("POST", f"/runs/{run}/terminate")


def test_ctrl_c_leaves_the_run_running(one_server: KfpServer, project: Make) -> None:
    one_server.script.hang["total"] = "waiting for a machine"
    made = on(one_server, project)
    process = subprocess.Popen(
        [sys.executable, "-m", "kedro", "kubeflow", "run-once", "--wait-for-completion"],
        cwd=made.path,
        env={**os.environ, **ENVIRON, "CI": "true"},
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=take_ctrl_c,  # noqa: PLW1509 - no lock is taken there
    )
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("total: Pending"):
            break
    process.send_signal(signal.SIGINT)
    rest = process.communicate(timeout=30)[0]
    run = one_server.only_run().id
    assert process.returncode == 130
    assert f"The run goes on: {one_server.url}/#/runs/details/{run}" in rest
    assert f"kedro kubeflow terminate {run}" in rest
    assert not one_server.received.matching("POST", f"/runs/{run}/terminate")


def test_an_upload_happens_when_something_changed(server: KfpServer, project: Make) -> None:
    made = on(server, project)
    assert "created: http" in made.kubeflow("upload-pipeline").stdout
    assert "has not changed, nothing was uploaded" in made.kubeflow("upload-pipeline").stdout
    assert "New version" in made.kubeflow("upload-pipeline", "-i", "other:2").stdout
    assert "New version" in made.kubeflow("upload-pipeline", "-i", "other:2", "--force").stdout
    made.kubeflow("upload-pipeline", "-p", "just_split")
    listed = made.kubeflow("list-pipelines").stdout
    assert re.findall(r"^\[.*$", listed, re.M)[-2:] == [
        "[Shop Floor] __default__ (env: local)",
        "[Shop Floor] just_split (env: local)",
    ]


def test_a_schedule_with_macros(server: KfpServer, project: Make) -> None:
    made = on(
        server,
        project,
        scheduled_run_name="Nightly {factor}",
        start_date=20260131,
        macro_params={"nested.a.b": "[[ScheduledTime.2006-01-02]]"},
    )
    made.kubeflow("upload-pipeline")
    process = made.kubeflow("schedule", "-c", "0 0 4 * * *", "-x", "Nights", "--param", "factor=5")
    assert "Recurring run 'Nightly 5' created for 0 0 4 * * *: http" in process.stdout
    (job,) = server.received.matching("POST", "/jobs")
    assert job.json["trigger"]["cron_schedule"]["cron"] == "0 0 4 * * *"
    assert job.json["trigger"]["cron_schedule"]["start_time"].startswith("2026-01-31T00:00:00")
    assert {item["name"]: item["value"] for item in job.json["pipeline_spec"]["parameters"]} == {
        "nested": '{"a": {"b": "[[ScheduledTime.2006-01-02]]"}}',
        "factor": "5",
    }
    again = made.kubeflow("schedule", "-c", "@daily", "-x", "Nights", "--param", "factor=5")
    assert "replacing 1 of that name" in again.stdout
    lines = server.received.lines()
    assert lines.index("DELETE /jobs/" + lines[-1].rsplit("/", 1)[-1]) > lines.index("POST /jobs")


def test_five_fields_are_refused_with_the_line_to_use(one_server: KfpServer, project: Make) -> None:
    made = on(one_server, project)
    made.kubeflow("upload-pipeline")
    process = made.kubeflow("schedule", "-c", "0 4 * * *", check=False)
    assert process.returncode == 2
    assert "0 0 4 * * *" in process.stdout + process.stderr
    assert not one_server.received.matching("POST", "/jobs")
    process = made.kubeflow("schedule", check=False)
    assert process.returncode == 2
    assert "pass one with -c" in process.stdout + process.stderr


def test_five_fields_in_the_file_are_found_before_anything_is_uploaded(project: Make) -> None:
    made = project(run_config={"cron_expression": "*/5 * * * *"})
    for arguments in (("check",), ("compile",), ("schedule", "-c", "@daily")):
        process = made.kubeflow(*arguments, check=False)
        assert process.returncode == 2
        output = process.stdout + process.stderr
        assert "conf/base/kubeflow.yaml: run_config.cron_expression" in output
        assert "write '0 */5 * * * *'" in output


def test_a_schedule_that_works_goes_on_when_the_new_one_fails(
    one_server: KfpServer, project: Make
) -> None:
    made = on(one_server, project)
    made.kubeflow("upload-pipeline")
    made.kubeflow("schedule", "-c", "@daily")
    one_server.faults.add(Fault("POST", "/jobs$", answer=status(400)))
    assert made.kubeflow("schedule", "-c", "@hourly", check=False).returncode == 1
    assert not one_server.received.matching("DELETE", "/jobs/.*")


def test_where_there_is_no_server_or_not_this_one(project: Make) -> None:
    made = project(kubeflow={"host": "http://127.0.0.1:9", "run_config": KUBEFLOW["run_config"]})
    process = made.kubeflow("list-pipelines", check=False)
    assert process.returncode == 1
    assert "127.0.0.1:9" in process.stdout + process.stderr
    assert "Traceback" not in process.stdout + process.stderr
    with KfpServer("1.8.5", gate=LoginPageTrap()) as trap:
        process = on(trap, project).kubeflow("run-once", check=False)
        assert process.returncode == 1
        assert "Traceback" not in process.stdout + process.stderr
        assert not trap.received.matching("POST", "/.*")
    made = project(kubeflow={"run_config": KUBEFLOW["run_config"]})
    process = made.kubeflow("ui", check=False)
    assert process.returncode == 2
    assert "conf/base/kubeflow.yaml: host: this key is required" in process.stdout + process.stderr


def test_a_token_from_the_environment_opens_the_door_and_is_never_shown(project: Make) -> None:
    with KfpServer("2.0.5", gate=BearerGate({"s3cret-t0ken"})) as server:
        made = on(server, project)
        refused = made.kubeflow("list-pipelines", check=False, KUBEFLOW_TOKEN="wr0ng-t0ken")
        assert refused.returncode == 1
        assert "wr0ng-t0ken" not in refused.stdout + refused.stderr
        let_in = made.kubeflow("list-pipelines", KUBEFLOW_TOKEN="s3cret-t0ken")
        assert "There are no pipelines of this project" in let_in.stdout
        assert "s3cret-t0ken" not in let_in.stdout + let_in.stderr


def test_namespaces_of_a_server_for_many(project: Make) -> None:
    with KfpServer("2.0.5", multi_user=True) as server:
        made = on(server, project, namespace="team-a")
        made.kubeflow("run-once")
        made.kubeflow("run-once", "-en", "team-b")
        namespaces = [
            [ref["key"]["id"] for ref in item.json["resource_references"]]
            for item in server.received.matching("POST", "/experiments")
        ]
        assert namespaces == [["team-a"], ["team-b"]]


def test_the_address_is_printed_where_there_is_no_browser(
    one_server: KfpServer, project: Make
) -> None:
    process = on(one_server, project).kubeflow("ui", DISPLAY="", WAYLAND_DISPLAY="", BROWSER="")
    assert f"Open {one_server.url}/" in process.stdout
    assert one_server.received.lines() == []


def test_names_of_pipelines_keep_to_100_bytes(one_server: KfpServer, project: Make) -> None:
    made = on(one_server, project)
    text = (made.path / "pyproject.toml").read_text().replace("Shop Floor", "Größe " * 20)
    made.write("pyproject.toml", text)
    made.kubeflow("upload-pipeline")
    (sent,) = one_server.store.pipelines.values()
    assert len(sent.name.encode()) <= 100
    assert sent.name.startswith("[Größe ")
    assert yaml.safe_load(made.kubeflow("list-pipelines", "--json").stdout.splitlines()[-1])


def test_what_is_submitted_really_runs(project: Make, tmp_path: Path) -> None:
    made = project()
    with KfpServer("2.0.5", executor=LocalExecutor(made.path, tmp_path / "cluster")) as server:
        made.write(
            "conf/base/kubeflow.yaml", {"host": server.url, "run_config": KUBEFLOW["run_config"]}
        )
        process = made.kubeflow(
            "run-once", "--wait-for-completion", "--param", "factor=7", check=False, CI="true"
        )
    assert process.returncode == 0, process.stdout
    (volume,) = (tmp_path / "cluster/volumes").iterdir()
    result = json.loads((volume / "08_reporting/result.json").read_text())
    assert result == {"odd": 28, "even": 14}


def test_the_log_of_a_step_from_its_pod(
    one_server: KfpServer, project: Make, tmp_path: Path
) -> None:
    made = on(one_server, project)
    made.kubeflow("run-once", "--wait-for-completion", CI="true")
    run = one_server.only_run()
    with urlopen(f"{one_server.url}/apis/v1beta1/runs/{run.id}") as answer:
        manifest = json.loads(json.load(answer)["pipeline_runtime"]["workflow_manifest"])
    node = next(
        item for item in manifest["status"]["nodes"].values() if item["displayName"] == "total"
    )
    with KubernetesApi() as cluster:
        cluster.pods = [
            Pod(
                name="some-pod",
                namespace=manifest["metadata"]["namespace"],
                workflow=manifest["metadata"]["name"],
                node_name=node["name"],
                log="first line\nsecond ü\n",
            )
        ]
        kubeconfig = str(cluster.write_kubeconfig(tmp_path))
        log = made.kubeflow("logs", run.id, "total", KUBECONFIG=kubeconfig)
        assert log.stdout.splitlines()[-2:] == ["first line", "second ü"]
        process = made.kubeflow("logs", run.id, "totl", check=False, KUBECONFIG=kubeconfig)
        assert process.returncode == 2
        assert "totl" in process.stdout + process.stderr


@pytest.mark.parametrize("gate", [AuthserviceGate, Oauth2ProxyGate])
def test_name_and_password_through_dex(project: Make, gate: Any) -> None:
    with KfpServer("2.0.5", gate=gate(DexSettings({"ci@example.com": "pa55word"}))) as server:
        made = on(server, project)
        name = {"DEX_USERNAME": "ci@example.com"}
        refused = made.kubeflow("run-once", check=False, DEX_PASSWORD="wr0ng", **name)
        assert refused.returncode == 1
        assert "DEX_PASSWORD" in refused.stdout + refused.stderr
        assert "wr0ng" not in refused.stdout + refused.stderr
        assert not server.received.matching("POST", "/apis/v1beta1/runs")
        let_in = made.kubeflow("run-once", DEX_PASSWORD="pa55word", **name)
        assert f"submitted: {server.url}/#/runs/details/{server.only_run().id}" in let_in.stdout
