"""``kedro kubeflow compile`` as users type it: the file it leaves, and what it says of mistakes."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from kedro_kubeflow.argo.template_defaults import merge_template_defaults
from projects import KEDRO, KUBEFLOW, Project

Make = Callable[..., Project]


def snapshot(folder: Path) -> dict[str, bytes]:
    files = (
        item for item in folder.rglob("*") if item.is_file() and "__pycache__" not in item.parts
    )
    return {str(item.relative_to(folder)): item.read_bytes() for item in files}


def assert_refused(project: Project, message: str, *arguments: str, **options: Any) -> None:
    before = snapshot(project.path)
    process = project.kubeflow(*arguments, check=False, **options)
    output = process.stdout + process.stderr
    assert process.returncode in (1, 2), output
    assert "Traceback" not in output
    assert message in output
    assert snapshot(project.path) == before


def containers(workflow: dict[str, Any]) -> dict[str, Any]:
    """What Argo runs: each container template with the defaults under it."""
    spec = workflow["spec"]
    merged = (merge_template_defaults(spec["templateDefaults"], item) for item in spec["templates"])
    return {item["name"]: item for item in merged if "container" in item}


def test_same_input_same_bytes_whatever_the_hash_seed(project: Make) -> None:
    # Kedro reads the files of one kind in an order that the hash seed decides.
    files = {f"conf/base/parameters_{name}.yml": {name: {"a": 1}} for name in "uvwxyz"}
    made = project(files={"data/01_raw/raw.json": "[1]", **files})
    outputs = []
    for number, seed in enumerate(("1", "2", "2")):
        made.kubeflow("compile", "-o", f"{number}.yml", PYTHONHASHSEED=seed)
        outputs.append((made.path / f"{number}.yml").read_bytes())
    assert outputs[0] == outputs[1] == outputs[2]


def test_a_nodes_settings_touch_its_template_and_nothing_else(project: Make) -> None:
    made = project(run_config={"node_selectors": {"__default__": {"pool": "a"}}})
    made.kubeflow("compile", "-o", "before.yml")
    config = yaml.safe_load((made.path / "conf/base/kubeflow.yaml").read_text())
    config["run_config"] |= {
        "resources": {"total": {"memory": "3Gi"}},
        "tolerations": {"total": [{"key": "gpu", "operator": "Exists"}]},
        "retry_policy": {"total": {"num_retries": 3}},
        "labels": {"total": {"a": "b"}},
    }
    config["run_config"]["node_selectors"]["total"] = {"pool": "b"}
    made.write("conf/base/kubeflow.yaml", config)
    made.kubeflow("compile", "-o", "after.yml")
    before, after = (
        yaml.safe_load((made.path / name).read_text()) for name in ("before.yml", "after.yml")
    )
    changed = [
        one["name"]
        for one, two in zip(before["spec"]["templates"], after["spec"]["templates"])
        if one != two
    ]
    assert changed == ["total"]
    before["spec"]["templates"] = after["spec"]["templates"] = []
    assert before == after
    lines = difflib.ndiff(
        *((made.path / name).read_text().splitlines() for name in ("before.yml", "after.yml"))
    )
    assert len([line for line in lines if line.startswith("-")]) == 1  # the selector's old value


def test_settings_by_tag_node_and_step_come_together(project: Make) -> None:
    workflow = project(
        run_config={
            "resources": {
                "__default__": {"cpu": 1, "memory": "1Gi"},
                "sums": {"memory": "2Gi", "nvidia.com/gpu": 1},
                "total": {"requests": {"cpu": "0.5"}},
            },
            "retry_policy": {
                "__default__": {"num_retries": 1, "backoff_duration": 60},
                "sums": {"num_retries": 3},
            },
        }
    ).compile()
    steps = containers(workflow)
    assert steps["total"]["container"]["resources"] == {
        "requests": {"cpu": "0.5", "memory": "2Gi", "nvidia.com/gpu": "1"},
        "limits": {"cpu": "1", "memory": "2Gi", "nvidia.com/gpu": "1"},
    }
    assert steps["total"]["retryStrategy"]["limit"] == 3
    assert steps["total"]["retryStrategy"]["backoff"] == {"duration": "60"}
    assert steps["split"]["retryStrategy"]["limit"] == 1
    assert steps["split"]["container"]["resources"]["limits"] == {"cpu": "1", "memory": "1Gi"}


def test_settings_reach_the_step_that_fills_the_volume(project: Make) -> None:
    resources = {"__default__": {"cpu": "1"}, "data-volume-init": {"memory": "64Mi"}}
    made = project(run_config={"resources": resources, "timeout": {"data-volume-init": 60}})
    init = containers(made.compile())["data-volume-init"]
    assert init["container"]["resources"]["limits"] == {"cpu": "1", "memory": "64Mi"}
    assert init["activeDeadlineSeconds"] == 60


def test_settings_for_nobody_are_warned_of(project: Make) -> None:
    process = project(run_config={"resources": {"totl": {"cpu": 1}}}).kubeflow("compile")
    message = "run_config.resources.totl: it matches no node, tag or step; did you mean 'total'?"
    assert message in process.stdout + process.stderr


def test_image_and_pipeline_options(project: Make) -> None:
    workflow = project().compile("-p", "just_split", "-i", "other:2")
    assert {item["container"]["image"] for item in containers(workflow).values()} == {"other:2"}
    assert workflow["metadata"]["generateName"] == "shop-floor-just-split-"
    command = containers(workflow)["split"]["container"]["command"]
    assert command == [
        "kedro",
        "kubeflow",
        "--env",
        "local",
        "run-step",
        "--pipeline",
        "just_split",
    ]


def test_the_environment_reaches_the_pods(project: Make) -> None:
    made = project(files={"conf/prod/.gitkeep": "", "data/01_raw/raw.json": "[]"})
    environ = {
        "KEDRO_CONFIG_STAGE": "prod",
        "KEDRO_CONFIG_DB_PASSWORD": "hunter2",
        "IAP_CLIENT_ID": "id",
    }
    process = made.kubeflow("compile", KEDRO_ENV="prod", **environ)
    text = (made.path / "pipeline.yml").read_text()
    container = containers(yaml.safe_load(text))["split"]["container"]
    assert container["command"][2:4] == ["--env", "prod"]
    variables = {item["name"]: item.get("value") for item in container["env"]}
    assert variables["KEDRO_CONFIG_STAGE"] == "prod"
    assert variables["IAP_CLIENT_ID"] == "id"
    assert variables["KUBEFLOW_RUN_ID"] == variables["KEDRO_CONFIG_RUN_ID"] == "{{workflow.uid}}"
    assert variables["DO_NOT_TRACK"] == "1"
    assert "hunter2" not in text
    assert "hunter2" not in process.stdout + process.stderr
    assert "KEDRO_CONFIG_DB_PASSWORD: this variable is left out" in process.stdout + process.stderr


def test_output_to_stdout_is_yaml_and_nothing_else(project: Make) -> None:
    made = project(run_config={"resources": {"nobody": {"cpu": 1}}})
    process = made.kubeflow("compile", "-o", "-")
    # Kedro from 0.19 says on stdout which logging configuration it uses, before any plugin is asked.
    before, first, rest = process.stdout.partition("apiVersion: argoproj.io/v1alpha1\n")
    assert yaml.safe_load(first + rest)["kind"] == "Workflow"
    assert len(before.splitlines()) <= (1 if KEDRO >= (0, 19) else 0)
    assert "matches no node" not in process.stdout
    assert "matches no node" in process.stderr
    assert not (made.path / "pipeline.yml").exists()


def test_output_to_a_url(project: Make, tmp_path: Path) -> None:
    made = project()
    made.kubeflow("compile", "-o", f"file://{tmp_path}/out.yml")
    made.kubeflow("compile", "-o", str(tmp_path / "same.yml"))
    assert (tmp_path / "out.yml").read_bytes() == (tmp_path / "same.yml").read_bytes()


def test_mistakes_on_the_command_line(project: Make) -> None:
    made = project()
    assert_refused(
        made,
        "there is no pipeline 'nope'; available: __default__, just_split",
        "compile",
        "-p",
        "nope",
    )
    assert_refused(
        made, "there is no environment 'nope'; available: base, local", "-e", "nope", "compile"
    )
    assert_refused(made, "the folder nope does not exist", "compile", "-o", "nope/pipeline.yml")
    assert_refused(made, "this is a folder", "compile", "-o", "conf")
    assert_refused(made, "did you mean 'factor'", "run-local", "--param", "factr=1")
    assert_refused(made, "is not a number", "run-local", "--param", "factor=many")
    assert_refused(
        made, "has no 'kind: Workflow'", "run-local", "--workflow", "conf/base/catalog.yml"
    )


def test_mistakes_in_the_project(project: Make) -> None:
    made = project()
    made.write("conf/base/kubeflow.yaml", {"run_config": {**KUBEFLOW["run_config"], "ttll": 5}})  # type: ignore[dict-item]
    assert_refused(
        made,
        "conf/base/kubeflow.yaml: run_config.ttll: there is no such key; did you mean 'ttl'",
        "compile",
    )
    made.write("conf/base/kubeflow.yaml", {"run_config": {"image": "x"}})
    assert_refused(made, "even (in memory): from split to total", "compile")
    made.write(
        "conf/base/kubeflow.yaml",
        {
            "run_config": {
                "image": "x",
                "volume": {},
                "resources": {"total": {"requests": {"cpu": 2}}},
            }
        },
    )
    assert_refused(
        made,
        "conf/base/kubeflow.yaml: run_config.resources: step 'total': requests 2 of cpu, which is more",
        "compile",
    )
    (made.path / "conf/base/kubeflow.yaml").unlink()
    assert_refused(made, "conf/base/kubeflow.yaml: the file does not exist", "compile")


def test_devices_cannot_be_requested_in_part(project: Make) -> None:
    gpu = {"limits": {"nvidia.com/gpu": 2}, "requests": {"nvidia.com/gpu": 1, "cpu": 2}}
    assert_refused(
        project(run_config={"resources": {"total": gpu}}),
        "step 'total': requests 2 of cpu, which is more than its limit 500m; "
        "requests 1 of nvidia.com/gpu, whose limit 2 must be the same",
        "compile",
    )


def test_parameters_that_are_too_large(project: Make) -> None:
    made = project(parameters={"factor": 1, "big": "ü" * 6000, "small": "x"})
    assert_refused(made, "The largest: big (42,", "compile")
    made.write(
        "conf/base/kubeflow.yaml",
        {"run_config": {"image": "x", "volume": {}, "parameters": ["factor"]}},
    )
    assert made.compile()["spec"]["arguments"]["parameters"] == [{"name": "factor", "value": "1"}]


def test_not_a_project(project: Make, tmp_path: Path) -> None:
    made = project()
    process = made.kedro("kubeflow", "compile", check=False, cwd=tmp_path)
    assert process.returncode == 2
    assert "this is not a Kedro project" in process.stdout + process.stderr
    assert "Traceback" not in process.stdout + process.stderr


@pytest.mark.parametrize("strategy", ["none", "memory"])
def test_local_files_between_pods_without_storage(project: Make, strategy: str) -> None:
    catalog = {
        name: {"type": "shop.datasets.JSONFile", "filepath": f"data/{name}.json"}
        for name in ("odd", "even", "raw")
    }
    made = project(catalog=catalog, run_config={"volume": None, "node_merge_strategy": strategy})
    assert_refused(made, "odd (in data/odd.json): from split to total", "compile")
