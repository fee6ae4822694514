"""A workflow is one MLflow run: seen on a real MLflow server, from a workflow that really runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kfp_server import KfpServer
from local_executor import LocalExecutor
from mlflow_server import MlflowServer
from projects import KEDRO, KUBEFLOW, Project

Make = Callable[..., Project]

# prepare and count do not wait for each other; fit waits for both, report for fit.
REGISTRY = """
import os

import mlflow


def prepare(raw, factor):
    mlflow.set_tag("prepared by", os.environ["KUBEFLOW_RUN_ID"])
    return [x * factor for x in raw]


def count(raw, options):
    mlflow.log_metric("count", len(raw))
    return len(raw)


def fit(rows, number, rate):
    if rate < 0:
        raise ValueError("the rate is less than nothing")
    mlflow.log_metric("loss", rate * number)
    return {"sum": sum(rows)}


def report(model, title):
    return {**model, "title": title}


def tell(status):
    return {"status": status}


def register_pipelines():
    return {
        "__default__": Pipeline([
            node(prepare, ["raw", "params:factor"], "rows", name="prepare"),
            node(count, ["raw", "params:options"], "number", name="count"),
            node(fit, ["rows", "number", "params:rate"], "model", name="fit"),
            node(report, ["model", "params:title"], "report", name="report"),
        ]),
        "notify": Pipeline([node(tell, "params:status", "told", name="tell")]),
    }
"""
ARTIFACT = (
    {"type": "kedro_mlflow.io.artifacts.MlflowArtifactDataSet", "data_set": None}
    if KEDRO < (0, 19)
    else {"type": "kedro_mlflow.io.artifacts.MlflowArtifactDataset", "dataset": None}
)
CATALOG = {
    "raw": {"type": "shop.datasets.JSONFile", "filepath": "raw/raw.json"},
    "report": {
        key: value
        or {"type": "shop.datasets.JSONFile", "filepath": "data/08_reporting/report.json"}
        for key, value in ARTIFACT.items()
    },
    "told": {"type": "shop.datasets.JSONFile", "filepath": "data/08_reporting/told.json"},
}
PARAMETERS = {"factor": 2, "rate": 0.5, "title": "Größe", "options": {"deep": [1]}}


@pytest.fixture
def followed(
    project: Make, mlflow_server: MlflowServer, request: pytest.FixtureRequest
) -> Callable[..., Project]:
    """Makes a project whose runs the server follows, in an experiment called like the test."""

    def make(**options: Any) -> Project:
        tracking = {"experiment": {"name": request.node.name}, **options.pop("tracking", {})}
        files = {
            "raw/raw.json": "[1, 2, 3]",
            "conf/base/mlflow.yml": {
                "server": {"mlflow_tracking_uri": mlflow_server.url},
                "tracking": tracking,
            },
            **options.pop("files", {}),
        }
        # Each step starts Kedro with MLflow, which takes seconds: none for a volume whose data is in the image.
        run_config = {"volume": {"skip_init": True}, **options.pop("run_config", {})}
        options = {"catalog": CATALOG, "parameters": PARAMETERS, **options}
        return project(REGISTRY, files=files, run_config=run_config, **options)

    return make


def test_one_workflow_is_one_run(
    followed: Make, mlflow_server: MlflowServer, request: pytest.FixtureRequest
) -> None:
    made = followed()

    made.kubeflow("run-local", "--param", "factor=3")

    run = mlflow_server.only_run(request.node.name)
    assert run.status == "FINISHED"
    assert run.params == {
        "factor": "3",
        "rate": "0.5",
        "title": "Größe",
        "options": "{'deep': [1]}",
    }
    assert run.metrics == {"count": 3.0, "loss": 1.5}
    assert mlflow_server.artifacts(run) == ["report.json"]
    # What the workflow's pods know as the run's id, kedro-mlflow's own tags beside it.
    assert run.tags["kubeflow_run_id"] == run.tags["prepared by"]
    assert "kedro_command" in run.tags


def test_steps_stand_around_the_others(followed: Make) -> None:
    workflow = followed().compile()

    templates = {item["name"]: item for item in workflow["spec"]["templates"]}
    dag = next(
        item for item in templates.values() if "dag" in item and len(item["dag"]["tasks"]) > 1
    )
    tasks = {task["name"]: task for task in dag["dag"]["tasks"]}
    started = "{{tasks.mlflow-start-run.outputs.parameters.mlflow-start-run-mlflow_run_id}}"
    for name in ("prepare", "count", "fit", "report"):
        (told,) = tasks[name]["arguments"]["parameters"]
        assert told["value"] == started
        assert "mlflow-start-run" in tasks[name]["dependencies"]
    staleness = "pipelines.kubeflow.org/max_cache_staleness"
    for name in ("mlflow-start-run", "mlflow-end-run"):
        assert templates[name]["metadata"]["annotations"][staleness] == "P0D"
    assert workflow["spec"]["onExit"] == "mlflow-end-run"


@pytest.mark.parametrize("strategy", ["full", "memory"])
def test_grouped_nodes_log_to_the_same_run(
    followed: Make, mlflow_server: MlflowServer, request: pytest.FixtureRequest, strategy: str
) -> None:
    made = followed(run_config={"node_merge_strategy": strategy})

    made.kubeflow("run-local")

    run = mlflow_server.only_run(request.node.name)
    assert run.status == "FINISHED"
    assert set(run.params) == {"factor", "rate", "title", "options"}
    assert run.metrics == {"count": 3.0, "loss": 1.5}
    assert mlflow_server.artifacts(run) == ["report.json"]


@pytest.mark.parametrize("exit_pipeline", [None, "notify"])
def test_a_run_that_fails_ends_as_failed(
    followed: Make,
    mlflow_server: MlflowServer,
    request: pytest.FixtureRequest,
    exit_pipeline: Any,
) -> None:
    made = followed(run_config={"on_exit_pipeline": exit_pipeline})

    process = made.kubeflow("run-local", "--param", "rate=-1.5", check=False)

    assert process.returncode == 1
    run = mlflow_server.only_run(request.node.name)
    assert run.status == "FAILED"
    assert run.metrics == {"count": 3.0}


def test_the_pipeline_at_the_end_is_no_part_of_the_run(
    followed: Make, mlflow_server: MlflowServer, request: pytest.FixtureRequest
) -> None:
    made = followed(run_config={"on_exit_pipeline": "notify"})

    made.kubeflow("run-local", "-o", str(made.path / "run"))

    run = mlflow_server.only_run(request.node.name)
    assert run.status == "FINISHED"
    assert "status" not in run.params
    assert "notify" not in run.tags.values()
    (told,) = (made.path / "run/volumes").glob("*/08_reporting/told.json")
    assert json.loads(told.read_text()) == {"status": "Succeeded"}


def test_a_step_that_is_tried_again_goes_on_with_the_run(
    followed: Make, mlflow_server: MlflowServer, request: pytest.FixtureRequest
) -> None:
    flaky = REGISTRY.replace(
        "    if rate < 0:",
        "    mark = 'data/tried'\n"
        "    if not os.path.exists(mark):\n"
        "        open(mark, 'w').close()\n"
        "        rate = -1\n"
        "    if rate < 0:",
    )
    made = followed(
        run_config={"retry_policy": {"__default__": {"num_retries": 1, "backoff_duration": "1s"}}},
        files={
            "src/shop/pipeline_registry.py": "from kedro.pipeline import Pipeline, node\n" + flaky
        },
    )

    made.kubeflow("run-local")

    run = mlflow_server.only_run(request.node.name)
    assert run.status == "FINISHED"
    assert run.metrics == {"count": 3.0, "loss": 1.5}


def test_the_tag_is_the_id_of_the_run_on_the_server(
    followed: Make, mlflow_server: MlflowServer, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    made = followed(tracking={"run": {"name": "nightly"}})
    with KfpServer("2.0.5", executor=LocalExecutor(made.path, tmp_path / "cluster")) as server:
        made.write(
            "conf/base/kubeflow.yaml", {"host": server.url, "run_config": KUBEFLOW["run_config"]}
        )
        made.kubeflow("run-once", "--wait-for-completion", CI="true")
        submitted = server.only_run()

    run = mlflow_server.only_run(request.node.name)
    assert run.tags["kubeflow_run_id"] == submitted.id
    assert run.name == "nightly"


def test_an_image_without_the_address_is_refused(followed: Make) -> None:
    made = followed()
    (made.path / "conf/base/mlflow.yml").unlink()
    words = ("mlflow-start", "--pipeline", "__default__", "--output", "run-id")
    process = made.kubeflow(*words, check=False)
    assert process.returncode == 1
    assert "a folder local to this pod" in process.stderr
    assert not (made.path / "run-id").exists()


def test_a_server_that_is_down_is_told_in_a_sentence(followed: Make) -> None:
    made = followed(
        files={"conf/base/mlflow.yml": {"server": {"mlflow_tracking_uri": "http://127.0.0.1:9"}}}
    )

    process = made.kubeflow(
        "run-local", check=False, MLFLOW_HTTP_REQUEST_MAX_RETRIES="0", PYTHONWARNINGS="ignore"
    )

    assert process.returncode == 1
    assert "no MLflow run could be started: API request to" in process.stdout
    assert "Traceback" not in process.stdout
    assert "Omitted    prepare" in process.stdout


@pytest.mark.parametrize(
    ("files", "run_config", "tracking"),
    [
        ({"conf/base/mlflow.yml": {}}, {}, {}),
        ({}, {"mlflow": {"enabled": False}}, {}),
        ({}, {}, {"disable_tracking": {"pipelines": ["__default__"]}}),
    ],
    ids=["no mlflow.yml", "disabled", "pipeline excepted"],
)
def test_no_steps_where_nothing_is_followed(
    followed: Make, files: Any, run_config: Any, tracking: Any
) -> None:
    text = json.dumps(
        followed(files=files, run_config=run_config, tracking=tracking).compile("-p", "__default__")
    )

    assert "mlflow" not in text


def test_runs_in_files_of_each_pods_own_are_warned_of(followed: Make) -> None:
    made = followed(files={"conf/base/mlflow.yml": {"server": {"mlflow_tracking_uri": "mlruns"}}})

    process = made.kubeflow("compile")

    assert (
        "server.mlflow_tracking_uri is mlruns, and each pod would have a folder of its own there"
        in (process.stdout + process.stderr)
    )
    assert "mlflow" not in (made.path / "pipeline.yml").read_text(encoding="utf-8")


def test_runs_in_files_on_the_volume_are_one_run(followed: Make) -> None:
    made = followed(
        files={"conf/base/mlflow.yml": {"server": {"mlflow_tracking_uri": "data/mlruns"}}}
    )

    # Recent MLflow asks for this.
    made.kubeflow("run-local", "-o", str(made.path / "run"), MLFLOW_ALLOW_FILE_STORE="true")

    found = list((made.path / "run/volumes").glob("*/mlruns/*/*/metrics/loss"))
    assert len(found) == 1
