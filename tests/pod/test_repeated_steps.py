"""A step that is repeated succeeds, though an earlier attempt has saved versioned datasets under the run's version."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from projects import Project

REGISTRY = """
from pathlib import Path


class NotJson:
    def __str__(self):
        raise RuntimeError("saving fails")


def first_time(name):
    flag = Path("data") / name
    if flag.exists():
        return False
    flag.write_text("seen")
    return True


def one():
    return 1


def two(x):
    if first_time("two"):
        raise RuntimeError("the first attempt fails")
    return x + 1


def both():
    return 1, NotJson() if first_time("both") else 2


def killed():
    if first_time("killed"):
        import os
        from shop.datasets import JSONFile

        def half(self, data):
            path = Path(str(self._get_save_path()))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("[1, 2")
            os._exit(137)

        JSONFile._save = half
        JSONFile.save = half
    return [1, 2, 3]


def register_pipelines():
    return {
        "two_nodes": Pipeline([node(one, None, "v1", name="one"), node(two, "v1", "v2", name="two")]),
        "two_outputs": Pipeline([node(both, None, ["v1", "v2"], name="both")]),
        "killed": Pipeline([node(killed, None, "v1", name="killed")]),
    }
"""

VERSIONED = {
    name: {
        "type": "shop.datasets.JSONFile",
        "filepath": f"data/{name}.json",
        "versioned": True,
    }
    for name in ("v1", "v2")
}


@pytest.mark.parametrize(
    ("pipeline", "saved"),
    [
        ("two_nodes", {"v1": [1], "v2": [2]}),
        ("two_outputs", {"v1": [1], "v2": [2]}),
        ("killed", {"v1": [[1, 2, 3]]}),
    ],
)
def test_a_repeated_step_saves_its_versions_anew(
    project: Callable[..., Project], pipeline: str, saved: dict[str, Any]
) -> None:
    retries = {"__default__": {"num_retries": 2, "backoff_duration": "1s"}}
    made = project(
        REGISTRY,
        catalog=VERSIONED,
        run_config={
            "node_merge_strategy": "full",
            "retry_policy": retries,
            "volume": {"skip_init": True},
        },
    )
    printed = made.kubeflow("run-local", "-p", pipeline, "-o", "run").stdout
    assert "retry 1 of 2" in printed
    found = {
        name: [
            json.loads(path.read_text())
            for path in sorted((made.path / "run/volumes").glob(f"*/{name}.json/*/{name}.json"))
        ]
        for name in saved
    }
    assert found == saved
