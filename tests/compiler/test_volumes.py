"""Which paths are on which volume of a pod."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from projects import Project

Make = Callable[..., Project]

REGISTRY = """
def register_pipelines():
    return {
        "__default__": Pipeline([node(len, "params:text", "length", name="count")]),
        "notify": Pipeline([node(len, "params:status", "said", name="report")]),
    }
"""


def template(workflow: dict[str, Any], name: str) -> dict[str, Any]:
    return next(item for item in workflow["spec"]["templates"] if item["name"] == name)


def shop(project: Make, said: str = "data/said.json", **run_config: Any) -> Project:
    return project(
        registry=REGISTRY,
        parameters={"text": "four"},
        catalog={"said": {"type": "shop.datasets.JSONFile", "filepath": said}},
        run_config={"on_exit_pipeline": "notify", **run_config},
    )


@pytest.mark.parametrize(
    ("path", "mounted"),
    [
        ("data/said.json", True),
        ("./data//said.json", True),
        ("/home/kedro/data/said.json", True),
        ("data/../elsewhere/said.json", False),
        ("/home/kedro/data/../elsewhere/said.json", False),
        ("elsewhere/../data/said.json", True),
        ("/home/kedro/database/said.json", False),
        ("database/said.json", False),
    ],
)
def test_the_exit_pipeline_has_the_volume_if_a_dataset_of_it_is_there(
    project: Make, path: str, mounted: bool
) -> None:
    workflow = shop(project, path).compile()

    mounts = template(workflow, "on-exit-notify")["container"].get("volumeMounts", [])
    assert [mount["mountPath"] for mount in mounts] == ["/home/kedro/data"] * mounted


def test_a_path_in_the_home_folder_leaves_the_workflow_the_same(
    project: Make, tmp_path: Path
) -> None:
    made = shop(project, "~/said.json")

    workflows = [made.compile(HOME=str(tmp_path / name)) for name in ("a", "b")]

    assert workflows[0] == workflows[1]
    assert "artifacts" not in str(template(workflows[0], "on-exit-notify"))


@pytest.mark.parametrize("path", ["/home/kedro/data", "/home/kedro/data/", "//home/kedro/./data"])
def test_a_volume_at_the_place_of_the_data_volume_is_refused(project: Make, path: str) -> None:
    volume = {"mount_path": path, "volume": {"name": "mine", "emptyDir": {}}}

    refused = shop(project, extra_volumes={"count": [volume]}).kubeflow("compile", check=False)

    assert refused.returncode == 2
    assert "two volumes are mounted at '/home/kedro/data'" in refused.stderr


@pytest.mark.parametrize("where", [("count", "count"), ("__default__", "count")])
def test_two_volumes_of_one_name_are_refused(project: Make, where: tuple[str, str]) -> None:
    first = {"mount_path": "/a", "volume": {"name": "same", "emptyDir": {}}}
    second = {"mount_path": "/b", "volume": {"name": "same", "secret": {"secretName": "s"}}}
    entries: dict[str, list[Any]] = {}
    for step, volume in zip(where, (first, second)):
        entries.setdefault(step, []).append(volume)
    if "__default__" in entries:
        entries["count"] += entries["__default__"]

    refused = shop(project, extra_volumes=entries).kubeflow("compile", check=False)

    assert refused.returncode == 2
    assert "two different volumes are named 'same'" in refused.stderr


def test_one_volume_at_two_places_is_fine(project: Make) -> None:
    volume = {"name": "same", "emptyDir": {}}
    entries = [{"mount_path": path, "volume": volume} for path in ("/a", "/b/")]

    found = template(shop(project, extra_volumes={"count": entries}).compile(), "count")

    paths = [mount["mountPath"] for mount in found["container"]["volumeMounts"]]
    assert sorted(paths) == ["/a", "/b", "/home/kedro/data"]
    assert [item["name"] for item in found["volumes"]] == ["same"]
