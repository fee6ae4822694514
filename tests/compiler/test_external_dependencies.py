"""Steps that wait for runs of other pipelines: compiled, run on this machine, and against a real server on loopback."""

from __future__ import annotations

import datetime as dt
import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from kedro_kubeflow.client import KubeflowClient, PipelineWait, RequestPolicy, Schedule
from kedro_kubeflow.errors import ServerUnreachableError
from kfp_server import (
    FOR_EVER,
    BearerGate,
    Fault,
    KfpServer,
    gateway_error,
    sample_workflow,
    status,
)
from kfp_server.clock import rfc3339
from kfp_server.store import Run
from projects import Project, make_project

Make = Callable[..., Project]

NAME = "[Other] __default__ (env: prod)"

WORKFLOW = sample_workflow({"load": (), "train": ("load",), "evaluate": ("train",)})


@pytest.fixture(params=["1.8.5", "2.0.5", "2.17.0"])
def each_server(request: pytest.FixtureRequest) -> Iterator[KfpServer]:
    with KfpServer(request.param) as started:
        yield started


@pytest.fixture
def server() -> Iterator[KfpServer]:
    with KfpServer("1.8.5") as started:
        yield started


@pytest.fixture(scope="module")
def waiting(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project to type the hidden command in; the command itself does not look at it."""
    return make_project(
        tmp_path_factory.mktemp("waiting") / "shop",
        "def register_pipelines():\n    raise ValueError('nobody needs them')\n",
    )


def wait(
    project: Project, server: KfpServer, *arguments: str, name: str = NAME, **environ: str
) -> Any:
    """Types the hidden command; limits that an argument does not give are short."""
    limits = {"--timeout": "60", "--max-age": "3600", "--poll-seconds": "0.2"}
    more = [word for pair in limits.items() if pair[0] not in arguments for word in pair]
    options = ["--name", name, "--host", server.url, *more, *arguments]
    return project.kubeflow("wait-for-run", *options, check=False, **environ)


def client_of(server: KfpServer, **environ: str) -> KubeflowClient:
    return KubeflowClient(server.url, environ, namespace="team" if server.multi_user else None)


def upload(server: KfpServer, name: str = NAME, **environ: str) -> Any:
    return client_of(server, **environ).upload_pipeline(WORKFLOW, name)


def start(server: KfpServer, version_id: str, name: str = "nightly") -> Run:
    """Starts a run of an uploaded version, as Kubeflow's interface does."""
    found = [e for e in server.store.experiments.values() if e.name == "tests"]
    experiment = found[0].id if found else post(server, "experiments", {"name": "tests"})["id"]
    references = [
        {"key": {"type": "EXPERIMENT", "id": experiment}, "relationship": "OWNER"},
        {"key": {"type": "PIPELINE_VERSION", "id": version_id}, "relationship": "CREATOR"},
    ]
    made = post(server, "runs", {"name": name, "resource_references": references})
    return server.store.runs[made["run"]["id"]]


def post(server: KfpServer, path: str, body: Any) -> Any:
    request = Request(f"{server.url}/apis/v1beta1/{path}", json.dumps(body).encode())
    with urlopen(request) as answer:
        return json.load(answer)


def ended(run: Run) -> Run:
    assert run.done.wait(30)
    return run


def looked_at(server: KfpServer, path: str, times: int) -> None:
    """Waits until the server has been asked for something so many times."""
    until(lambda: len(server.received.matching("GET", path)) >= times)


def spoil(server: KfpServer, fault: Fault) -> None:
    """Lets something go wrong, and waits until it has."""
    server.faults.add(fault)
    until(lambda: fault.times == 0)


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 100
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_each_dependency_is_a_first_step(project: Make) -> None:
    made = project(
        run_config={
            "namespace": "team",
            "retry_policy": {"__default__": {"num_retries": 1}},
            "node_selectors": {"__default__": {"pool": "ml"}, "wait-for-b": {"pool": "small"}},
            "external_dependencies": [
                {"name": NAME, "task": "train {{x}}"},
                {
                    "name": "b",
                    "timeout": 60,
                    "max_age": 600,
                    "check_existence": False,
                    "host": "http://kfp.example.com/",
                    "namespace": "others",
                },
            ],
        }
    )
    process = made.kubeflow("compile")
    assert "matches no node" not in process.stdout + process.stderr
    workflow = made.compile()
    templates = {item["name"]: item for item in workflow["spec"]["templates"]}
    first, second = templates["wait-for-other-default-env-prod"], templates["wait-for-b"]
    assert first["container"]["command"][-1] == second["container"]["command"][-1] == "wait-for-run"
    assert first["container"]["args"] == [
        *("--name", NAME, "--task", '"train \\u007b{x}}"'),
        *("--host", "http://ml-pipeline.kubeflow.svc.cluster.local:8888", "--namespace", "team"),
        *("--interface", "http://localhost:8080", "--timeout", "86400", "--max-age", "86400"),
    ]
    assert second["container"]["args"] == [
        *("--name", "b", "--host", "http://kfp.example.com", "--namespace", "others"),
        *("--timeout", "60", "--max-age", "600", "--may-not-exist"),
    ]
    for template in (first, second):
        annotations = template["metadata"]["annotations"]
        assert annotations["pipelines.kubeflow.org/max_cache_staleness"] == "P0D"
        assert template["retryStrategy"]["limit"] == 1
        assert "volumeMounts" not in template["container"]
    assert (first["nodeSelector"], second["nodeSelector"]) == ({"pool": "ml"}, {"pool": "small"})
    tasks = {t["name"]: t.get("dependencies", []) for t in templates["shop-floor"]["dag"]["tasks"]}
    assert tasks == {
        "data-volume-create": [],
        "data-volume-init": ["data-volume-create"],
        "wait-for-b": [],
        "wait-for-other-default-env-prod": [],
        "split": ["data-volume-init", "wait-for-b", "wait-for-other-default-env-prod"],
        "total": ["split"],
    }


def test_names_of_wait_steps_are_kept_apart(project: Make) -> None:
    registry = """
    def register_pipelines():
        return {"__default__": Pipeline([node(list, "raw", "result", name="wait-for-a.b")])}
    """
    dependencies = [{"name": "a.b"}, {"name": "a b"}, {"name": "c", "task": "x"}, {"name": "c"}]
    made = project(registry, run_config={"external_dependencies": dependencies})
    workflow = made.compile()
    names = [item["name"] for item in workflow["spec"]["templates"] if "container" in item]
    waits = [name for name in names if name.startswith("wait-for-")]
    assert len(waits) == len(set(waits)) == 5
    (dag,) = (item["dag"] for item in workflow["spec"]["templates"] if "dag" in item)
    (node,) = (task for task in dag["tasks"] if len(task.get("dependencies", [])) == 5)
    assert set(node["dependencies"]) == {*waits, "data-volume-init"} - {node["name"]}


@pytest.mark.parametrize(
    ("dependency", "message"),
    [
        ({}, "external_dependencies[0].name: this key is required"),
        ({"name": " "}, "external_dependencies[0].name: this must be a name, but it is empty"),
        (
            {"name": "a", "time_out": 1},
            "external_dependencies[0].time_out: there is no such key; did you mean 'timeout'?",
        ),
        ({"name": "a", "host": "kfp"}, "external_dependencies[0].host: 'kfp' is not a valid URL"),
        ({"name": "a", "timeout": 0}, "external_dependencies[0].timeout:"),
        ({"name": "b", "task": "t"}, "'b' is listed twice, for the same task"),
    ],
)
def test_mistakes(project: Make, dependency: Any, message: str) -> None:
    dependencies = [dependency, {"name": "b", "task": "t"}]
    process = project(run_config={"external_dependencies": dependencies}).kubeflow(
        "compile", check=False
    )
    assert process.returncode == 2
    assert message in process.stderr


def test_run_local_waits_for_nobody_and_says_so(project: Make) -> None:
    made = project(run_config={"external_dependencies": [{"name": NAME}]})
    process = made.kubeflow("run-local", KEDRO_KUBEFLOW_LOCAL="")
    assert (
        "run-local does not wait for other pipelines: wait-for-other-default-env-prod"
        in process.stdout + process.stderr
    )
    (run,) = (made.path / ".kedro-kubeflow/runs").iterdir()
    log = (run / "logs/wait-for-other-default-env-prod.log").read_text()
    assert f"run-local does not wait for other pipelines: skipped '{NAME}'" in log
    assert list(run.glob("volumes/*/08_reporting/result.json"))


def test_a_run_of_a_version_that_has_succeeded(each_server: KfpServer, waiting: Project) -> None:
    upload(each_server)
    second = client_of(each_server).upload_pipeline(WORKFLOW, NAME, force=True)
    upload(each_server, "another")
    run = ended(start(each_server, second.version_id))
    process = wait(waiting, each_server, "--interface", "https://kubeflow.example.com/pipeline")
    assert process.returncode == 0, process.stderr
    link = f"https://kubeflow.example.com/pipeline/#/runs/details/{run.id}"
    assert f"the run 'nightly' ({run.id}) is Succeeded: {link}" in process.stdout


def test_a_run_that_a_recurring_run_has_made(each_server: KfpServer, waiting: Project) -> None:
    upload(each_server)
    upload(each_server, "another")
    client = client_of(each_server)
    for name in (NAME, "another"):
        job = client.schedule(Schedule(name, "tests", f"job of {name}", "@daily"))
        ended(each_server.fire(job.job_id, dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc)))
    each_server.store.runs[list(each_server.store.runs)[1]].created_at += dt.timedelta(seconds=5)
    process = wait(waiting, each_server)
    assert process.returncode == 0, process.stderr
    (first, _) = each_server.store.runs
    assert f"({first}) is Succeeded" in process.stdout


def test_it_waits_through_trouble_until_there_is_a_run_and_it_has_ended(
    server: KfpServer, waiting: Project
) -> None:
    version = upload(server).version_id
    server.script.hang["train"] = "Unschedulable: no machine"
    # What run-once starts has the same workflow, and is no run of the pipeline.
    client_of(server).run_once(WORKFLOW, experiment_name="tests", run_name="by hand")

    def later() -> None:
        looked_at(server, "/runs", 2)
        for answer in (status(500), gateway_error(503)):
            spoil(server, Fault("GET", "/runs$", times=2, answer=answer))
        run = start(server, version)
        looked_at(server, f"/runs/{run.id}", 2)
        spoil(server, Fault("GET", "/runs/", times=2, close=True))
        server.script.released.set()

    thread = threading.Thread(target=later)
    thread.start()
    process = wait(waiting, server)
    thread.join()
    assert process.returncode == 0, process.stdout + process.stderr
    expected = [
        "waiting for a run of the pipeline",
        "there is no run of it yet that was created since",
        "the server does not answer now",
        "the run 'nightly'",
        "the server does not answer now",
        "is Succeeded",
    ]
    position = 0
    for text in expected:
        position = process.stdout.index(text, position)
    # Each thing is said once, not at each look.
    assert process.stdout.count("there is no run of it yet") == 1


def test_a_run_that_has_failed(server: KfpServer, waiting: Project) -> None:
    version = upload(server).version_id
    server.script.fail["train"] = "Error (exit code 1)"
    run = ended(start(server, version))
    began = time.monotonic()
    process = wait(waiting, server, "--timeout", "1000", "--poll-seconds", "300")
    assert time.monotonic() - began < 200
    assert process.returncode == 1
    assert (
        f"the run 'nightly' ({run.id}) of the pipeline '{NAME}' is Failed: step 'train node' failed: Error "
        f"(exit code 1). See {server.url}/#/runs/details/{run.id}, retry it there" in process.stderr
    )
    assert "Traceback" not in process.stderr


def test_a_run_that_was_ended_by_hand(server: KfpServer, waiting: Project) -> None:
    version = upload(server).version_id
    server.script.hang["train"] = "waiting"
    run = start(server, version)
    client_of(server).terminate(run.id)
    ended(run)
    process = wait(waiting, server)
    assert process.returncode == 1
    assert f"({run.id}) of the pipeline" in process.stderr


def test_a_newer_run_takes_the_place_of_one_that_has_failed(
    server: KfpServer, waiting: Project
) -> None:
    version = upload(server).version_id
    server.script.fail_once["train"] = "Error (exit code 1)"
    ended(start(server, version)).created_at -= dt.timedelta(seconds=60)
    second = ended(start(server, version))
    process = wait(waiting, server)
    assert process.returncode == 0, process.stderr
    assert f"({second.id}) is Succeeded" in process.stdout


def test_it_stays_with_the_run_that_it_has_seen(server: KfpServer, waiting: Project) -> None:
    version = upload(server).version_id
    server.script.hang["train"] = "waiting"
    first = start(server, version)

    def later() -> None:
        looked_at(server, f"/runs/{first.id}", 2)
        start(server, version, "newer").created_at += dt.timedelta(seconds=60)
        looked_at(server, f"/runs/{first.id}", 4)
        first.status = "Succeeded"

    thread = threading.Thread(target=later)
    thread.start()
    process = wait(waiting, server)
    thread.join()
    assert process.returncode == 0, process.stdout + process.stderr
    assert f"({first.id}) is Succeeded" in process.stdout


def test_a_run_that_is_deleted_is_not_waited_for(server: KfpServer, waiting: Project) -> None:
    version = upload(server).version_id
    server.script.hang["train"] = "waiting"
    first = start(server, version)

    def later() -> None:
        looked_at(server, f"/runs/{first.id}", 2)
        first.terminate.set()
        del server.store.runs[first.id]
        server.script.released.set()
        looked_at(server, "/runs", 2)
        start(server, version, "again")

    thread = threading.Thread(target=later)
    thread.start()
    process = wait(waiting, server)
    thread.join()
    assert process.returncode == 0, process.stdout + process.stderr
    assert "the run 'again'" in process.stdout


@pytest.mark.parametrize(("age", "code"), [(50, 0), (3700, 1)])
def test_only_runs_of_this_time_count(
    server: KfpServer, waiting: Project, age: int, code: int
) -> None:
    run = ended(start(server, upload(server).version_id))
    now = dt.datetime.now(dt.timezone.utc)
    created = now - dt.timedelta(days=3)
    run.created_at = created - dt.timedelta(seconds=age)
    limits = ("--timeout", "3", "--max-age", "3600")
    process = wait(waiting, server, *limits, KEDRO_KUBEFLOW_CREATED=rfc3339(created))
    assert process.returncode == code, process.stdout + process.stderr
    if code:
        since = rfc3339(created - dt.timedelta(hours=1))
        assert "has not succeeded within 3 s; last seen: there is no run of it" in process.stderr
        assert f"created since {since}" in process.stderr


def test_a_run_that_takes_too_long(server: KfpServer, waiting: Project) -> None:
    server.script.hang["train"] = "waiting"
    run = start(server, upload(server).version_id)
    process = wait(waiting, server, "--timeout", "2")
    assert process.returncode == 1
    assert "has not succeeded within 2 s; last seen: the run 'nightly'" in process.stderr
    assert f"is Running: {server.url}/#/runs/details/{run.id}" in process.stderr


def test_one_step_is_enough(server: KfpServer, waiting: Project) -> None:
    server.script.hang["evaluate"] = "waiting"
    run = start(server, upload(server).version_id)
    process = wait(waiting, server, "--task", "train")
    assert process.returncode == 0, process.stderr
    assert "is Running, step 'train node' is Succeeded" in process.stdout
    assert not run.done.is_set()


@pytest.mark.parametrize(
    ("task", "message"),
    [
        ("train node", "is Failed: step 'train node' failed: Error (exit code 1)"),
        ("evaluate", "step 'evaluate node' is Waiting; step 'train node' failed"),
        ("trian", "has no step 'trian'; did you mean 'train'?"),
    ],
)
def test_a_step_that_will_not_come(
    server: KfpServer, waiting: Project, task: str, message: str
) -> None:
    server.script.fail["train"] = "Error (exit code 1)"
    ended(start(server, upload(server).version_id))
    process = wait(waiting, server, "--task", task)
    assert process.returncode == 1
    assert message in process.stderr


def test_a_pipeline_that_does_not_exist(server: KfpServer, waiting: Project) -> None:
    upload(server)
    upload(server, "quite another")
    process = wait(waiting, server, name="[Other] __default__ (env: pord)")
    assert process.returncode == 1
    assert "there is no pipeline '[Other] __default__ (env: pord)'" in process.stderr
    assert f"did you mean '{NAME}'?" in process.stderr


def test_a_pipeline_that_comes_later(server: KfpServer, waiting: Project) -> None:
    def later() -> None:
        looked_at(server, "/pipelines", 2)
        start(server, upload(server).version_id)

    thread = threading.Thread(target=later)
    thread.start()
    process = wait(waiting, server, "--may-not-exist")
    thread.join()
    assert process.returncode == 0, process.stderr
    assert f"there is no pipeline '{NAME}' yet" in process.stdout


def test_a_pipeline_does_not_wait_for_itself(server: KfpServer, waiting: Project) -> None:
    server.script.hang["train"] = "waiting"
    run = start(server, upload(server).version_id)
    process = wait(waiting, server, KUBEFLOW_RUN_ID=run.id)
    assert process.returncode == 1
    assert "this run is itself a run of the pipeline" in process.stderr


@pytest.mark.parametrize(("token", "code"), [("let-me-in", 0), ("stale", 1)])
def test_pods_log_in_with_a_token_and_look_into_their_namespace(
    waiting: Project, tmp_path: Path, token: str, code: int
) -> None:
    with KfpServer("2.0.5", multi_user=True) as server:
        version = upload(server).version_id
        for namespace, name in (("elsewhere", "theirs"), ("team", "ours")):
            owner = {"key": {"type": "NAMESPACE", "id": namespace}, "relationship": "OWNER"}
            body = {"name": "tests", "resource_references": [owner]}
            experiment = post(server, "experiments", body)["id"]
            references = [
                {"key": {"type": "EXPERIMENT", "id": experiment}, "relationship": "OWNER"},
                {"key": {"type": "PIPELINE_VERSION", "id": version}, "relationship": "CREATOR"},
            ]
            post(server, "runs", {"name": name, "resource_references": references})
        for run in server.store.runs.values():
            ended(run)
        server.gate = BearerGate({"let-me-in"})
        path = tmp_path / "token"
        path.write_text(token, encoding="utf-8")
        process = wait(waiting, server, "--namespace", "team", KUBEFLOW_TOKEN_FILE=str(path))
    assert process.returncode == code, process.stderr
    if code:
        assert "rejected the request with bearer token in a file" in process.stderr
    else:
        assert "the run 'ours'" in process.stdout
    assert token not in process.stdout + process.stderr


def test_a_server_that_refuses_or_is_not_there(server: KfpServer, waiting: Project) -> None:
    server.faults.add(Fault("GET", "/pipelines", times=FOR_EVER, answer=status(403, "not yours")))
    refused = wait(waiting, server)
    assert refused.returncode == 1
    assert "not yours" in refused.stderr
    server.faults.clear()
    away = wait(waiting, server, "--timeout", "2", "--host", "http://localhost:9")
    assert away.returncode == 1
    assert "has not succeeded within 2 s; last seen: the server does not answer now" in away.stderr


def test_a_server_that_never_answers_is_given_up() -> None:
    policy = RequestPolicy(attempts=1, first_poll=0.05, patience=0.3)
    client = KubeflowClient("http://localhost:9", {}, policy=policy)
    since = dt.datetime.now(dt.timezone.utc)
    with pytest.raises(ServerUnreachableError, match="http://localhost:9 cannot be used"):
        list(client.wait_for_pipeline(PipelineWait(NAME, since, timeout=600)))


def test_the_login_of_a_gateway_is_not_tried_inside_the_cluster(
    server: KfpServer, waiting: Project
) -> None:
    ended(start(server, upload(server).version_id))
    inside = server.url.replace("127.0.0.1", "localhost")
    process = wait(waiting, server, "--host", inside, IAP_CLIENT_ID="for MLflow")
    assert process.returncode == 0, process.stderr


def test_the_wait_step_of_a_workflow_does_wait(server: KfpServer, project: Make) -> None:
    """The compiled step's own words, typed as the pod would."""
    dependency = {"name": NAME, "host": server.url, "timeout": 30}
    made = project(run_config={"external_dependencies": [dependency]})
    (step,) = (
        item
        for item in made.compile()["spec"]["templates"]
        if item["name"] == "wait-for-other-default-env-prod"
    )
    ended(start(server, upload(server).version_id))
    words = [*step["container"]["command"], *step["container"]["args"]]
    assert words[0] == "kedro"
    assert "is Succeeded" in made.kedro(*words[1:]).stdout
