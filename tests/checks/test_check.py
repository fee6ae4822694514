"""``kedro kubeflow check`` as users type it: what it finds in a project, in which order, and with which exit code."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import pytest
import yaml

from projects import Project

Make = Callable[..., Project]
DIAMOND = """
def take(*values):
    return 1


def register_pipelines():
    return {
        "__default__": Pipeline([
            node(take, "raw", "a", name="first"),
            node(take, "a", "left", name="left", tags=["gpu"]),
            node(take, "a", "right", name="right"),
            node(take, ["left", "right"], "end", name="last"),
        ]),
        "bye": Pipeline([node(take, ["params:status", "report"], None, name="tell")]),
    }
"""


def file_at(path: str, **more: Any) -> dict[str, Any]:
    return {"type": "shop.datasets.JSONFile", "filepath": path, **more}


RAW = {"raw": file_at("data/raw.json")}


def findings(made: Project, *arguments: str, code: int = 0, **environ: str) -> dict[str, Any]:
    """What ``check`` finds, by codes; all of it is also in what people read, errors first."""
    process = made.kubeflow("check", "--json", *arguments, check=False, **environ)
    assert process.returncode == code, process.stdout + process.stderr
    assert "Traceback" not in process.stderr
    start = process.stdout.index("[\n") if "[\n" in process.stdout else process.stdout.index("[]")
    listed = json.loads(process.stdout[start:])
    levels = [item["level"] for item in listed]
    assert levels == sorted(levels, key=["error", "warning", "info"].index)
    by_code = {item["code"]: item for item in listed}
    assert len(by_code) == len(listed), listed
    return by_code


def test_a_sound_project_has_no_findings(project: Make) -> None:
    made = project()
    before = sorted(made.path.rglob("*.y*ml"))
    process = made.kubeflow("check", "--strict")
    assert process.stdout.splitlines()[-1] == "Nothing found: 2 steps, 2 parameters"
    peak = "at most 1 of 3 pods at the same time, which request at most"
    assert f"{peak} 0.5 cpu, 1Gi memory" in process.stdout
    process = made.kubeflow("check", "-p", "nope", check=False)
    assert process.returncode == 2
    assert "there is no pipeline 'nope'" in process.stderr
    assert sorted(made.path.rglob("*.y*ml")) == before


def test_all_problems_at_once(project: Make) -> None:
    """What stops ``compile`` one by one is shown together, errors first."""
    made = project(
        run_config={
            "volume": None,
            "on_exit_pipeline": "nope",
            "parameters": ["factr"],
            "resources": {
                "split": {"requests": {"cpu": 2, "nvidia.com/gpu": 1}},
                "nobody": {"cpu": 1},
            },
            "retry_policy": {"__default__": {"backoff_duration": 5}},
            "max_cache_staleness": "P0D",
        }
    )
    process = made.kubeflow("check", check=False, KEDRO_CONFIG_TOKEN="t")
    text = process.stdout
    assert process.returncode == 2, text
    assert text.splitlines()[-1] == "5 errors, 2 warnings"
    found = findings(made, code=2, KEDRO_CONFIG_TOKEN="t")
    file = "conf/base/kubeflow.yaml: run_config"
    for code, where, message in (
        ("contradictory-settings", f"{file}.retry_policy.__default__", "has no num_retries"),
        (
            "requests-over-limits",
            f"{file}.resources: step 'split'",
            "500m; requests 1 of nvidia.com/gpu without a limit; the limit must be the same",
        ),
        ("lost-between-pods", "pipeline '__default__'", "odd (in memory): from split to total"),
        ("unknown-pipeline", f"{file}.on_exit_pipeline", "there is no pipeline 'nope'"),
        ("unknown-parameter", f"{file}.parameters", "did you mean 'factor'"),
        ("unused-setting", f"{file}.resources.nobody", "it matches no node, tag or step"),
        ("variable-left-out", "KEDRO_CONFIG_TOKEN", "its name says that it is a secret"),
    ):
        assert found[code]["where"] == where
        assert message in found[code]["message"]
        assert f" {where}\n" in text
    assert "matches no node" not in process.stderr  # and nothing is logged beside it
    assert process.stdout.count("matches no node") == 1
    # compile stops at the first of them, and says the same.
    stopped = made.kubeflow("compile", check=False)
    first = found["contradictory-settings"]
    assert stopped.returncode == 2
    assert f"{first['where']}: {first['message']}" in stopped.stdout + stopped.stderr


def test_a_configuration_that_cannot_be_read(project: Make) -> None:
    made = project(run_config={"ttl": "soon", "volume": {"size": "big"}})
    process = made.kubeflow("check", check=False)
    assert process.returncode == 2
    assert "error    conf/base/kubeflow.yaml: run_config.ttl\n" in process.stdout
    assert "error    conf/base/kubeflow.yaml: run_config.volume.size\n" in process.stdout
    assert process.stdout.splitlines()[-1] == "2 errors"


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (
            "${nowhere}",
            "${nowhere} has no value. Set the environment variable KEDRO_CONFIG_NOWHERE",
        ),
        ("${oc.env:NOWHERE}", "the environment variable 'NOWHERE' is not set"),
    ],
)
def test_a_placeholder_without_a_value(project: Make, image: str, message: str) -> None:
    found = findings(project(run_config={"image": image}), code=2)
    assert found["configuration"]["where"] == "conf/base/kubeflow.yaml: run_config.image"
    assert found["configuration"]["message"].startswith(message)


@pytest.mark.parametrize("secret", ["${nowhere}", "${oc.env:NOWHERE}"])
def test_a_placeholder_in_a_list_has_the_place_of_other_findings(
    project: Make, secret: str
) -> None:
    found = findings(project(run_config={"secrets": [{"secret": "a"}, {"secret": secret}]}), code=2)
    where = "conf/base/kubeflow.yaml: run_config.secrets[1].secret"
    assert found["configuration"]["where"] == where


def test_groups_that_wait_for_each_other(project: Make) -> None:
    registry = DIAMOND.replace('name="first"', 'name="first", tags=["group.x"]').replace(
        'name="last"', 'name="last", tags=["group.x"]'
    )
    found = findings(
        project(registry, catalog=RAW, run_config={"node_merge_strategy": "tag"}), code=2
    )
    assert list(found) == ["impossible-groups"]
    assert "depend on each other in a cycle: " in found["impossible-groups"]["message"]
    assert found["impossible-groups"]["where"].endswith("run_config.node_merge_strategy")


def test_files_that_nobody_finds_after_the_run(project: Make) -> None:
    catalog = {
        **RAW,
        "a": file_at("data/a.json"),
        "left": file_at("models/left.json", versioned=True),
        "right": file_at("/mnt/share/right.json"),
        "end": file_at("/home/kedro/data/end.json"),
    }
    share = {
        "mount_path": "/mnt/share",
        "volume": {"name": "s", "nfs": {"path": "/", "server": "n"}},
    }
    made = project(DIAMOND, catalog=catalog, run_config={"extra_volumes": {"right": [share]}})
    found = findings(made)
    assert set(found) == {"outside-volume", "peak"}
    assert found["outside-volume"]["where"] == "step 'left'"
    assert "  left (in models/left.json)\nTo find them" in found["outside-volume"]["message"]
    config = yaml.safe_load((made.path / "conf/base/kubeflow.yaml").read_text())["run_config"]

    def with_config(**changes: Any) -> dict[str, Any]:
        made.write("conf/base/kubeflow.yaml", {"run_config": {**config, **changes}})
        return findings(made)

    assert set(with_config(root="gs://bucket/runs")) == {"peak"}
    # One pod without any storage: what Kubeflow shows as an artifact is kept by Kubeflow.
    alone = {"volume": None, "node_merge_strategy": "full"}
    assert set(with_config(**alone)) == {"peak"}
    found = with_config(**alone, store_kedro_outputs_as_kfp_artifacts=False, extra_volumes={})
    assert set(found) == {"left-in-pod", "peak"}
    for line in (
        "a (in data/a.json)",
        "right (in /mnt/share/right.json)",
        "end (in data/end.json)",
    ):
        assert f"  {line}\n" in found["left-in-pod"]["message"]


def test_data_and_parameters_that_there_are_none_of(project: Make) -> None:
    registry = DIAMOND.replace('node(take, "raw"', 'node(take, ["raw", "rwa", "params:x.y"]')
    found = findings(project(registry, catalog=RAW, parameters={"x": {"z": 1}}))
    assert found["missing-input"]["where"] == "dataset 'rwa': step 'first'"
    assert found["missing-parameter"]["where"] == "parameter 'x.y'"


def test_an_exit_pipeline_on_the_volume(project: Make) -> None:
    catalog = {**RAW, "report": file_at("data/report.json")}
    made = project(DIAMOND, catalog=catalog, run_config={"on_exit_pipeline": "bye"})
    assert "mounts the volume for report" in findings(made)["exit-on-volume"]["message"]
    made.write("conf/base/catalog.yml", {**catalog, "report": file_at("s3://b/report.json")})
    assert set(findings(made)) == {"peak"}


def test_volumes_over_the_project(project: Make) -> None:
    def volume(name: str, path: str) -> dict[str, Any]:
        return {"mount_path": path, "volume": {"name": name, "emptyDir": {}}}

    volumes = {
        "split": [volume("scratch", "/home/kedro/scratch"), volume("home", "/home")],
        "total": [volume("shm", "/dev/shm")],
    }
    found = findings(project(run_config={"extra_volumes": volumes}))
    assert found["hidden-project"]["where"].endswith("run_config.extra_volumes.split")
    assert found["hidden-project"]["message"].startswith("the volume 'home' at /home hides")


@pytest.mark.skipif(bool(find_spec("kedro_mlflow")), reason="it is about machines without it")
def test_mlflow_is_wanted_and_not_here(project: Make) -> None:
    made = project(run_config={"mlflow": {"enabled": True}})
    found = findings(made)
    assert found["mlflow-not-here"]["level"] == "warning"
    compiled = made.kubeflow("compile")
    assert "kedro-mlflow is not installed here" in compiled.stdout + compiled.stderr
    assert found["mlflow-not-here"]["where"].endswith("run_config.mlflow.enabled")
    assert "mlflow-not-here" not in findings(project(run_config={"mlflow": {"enabled": False}}))


def test_images_and_folders(project: Make) -> None:
    made = project(
        run_config={"image": "localhost:5000/shop", "images": {"split": "shop:latest"}},
        files={"Dockerfile": "FROM a\nWORKDIR /opt\nWORKDIR shop\n"},
    )
    process = made.kubeflow("check", "--strict", check=False)
    assert process.returncode == 1
    assert process.stdout.splitlines()[-1] == "3 warnings"
    assert (
        "run_config.image\n         'localhost:5000/shop' has no tag of its own" in process.stdout
    )
    assert "run_config.images.split\n         'shop:latest' has no tag" in process.stdout
    assert (
        "run in /home/kedro, and the project's Dockerfile has WORKDIR /opt/shop" in process.stdout
    )
    found = findings(made, "-i", "localhost:5000/shop@sha256:" + "0" * 64)
    assert found["moving-image"]["where"].endswith("run_config.images.split")


def test_parameters_whose_keys_have_dots_are_there(project: Make) -> None:
    """Kedro joins the keys of nested parameters with dots, and a key may have dots of its own."""
    registry = """
def use(depth, whole):
    return depth


def register_pipelines():
    return {"__default__": Pipeline([
        node(use, ["params:model.tree.options.depth", "params:model.tree"], "depth", name="use"),
        node(use, ["params:model.tree.options.width", "params:model"], "width", name="misspelt"),
    ])}
"""
    parameters = {"model.tree": {"options": {"depth": 7}}}
    found = project(registry, parameters=parameters).kubeflow(
        "check", "--json", "--strict", check=False
    )
    missing = [
        item["where"]
        for item in json.loads(found.stdout[found.stdout.index("[\n") :])
        if item["code"] == "missing-parameter"
    ]
    assert missing == ["parameter 'model'", "parameter 'model.tree.options.width'"]
