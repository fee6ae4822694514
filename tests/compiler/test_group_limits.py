"""What limits a group of nodes: no node less than it is alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from projects import Project

Make = Callable[..., Project]

REGISTRY = """
def register_pipelines():
    return {"__default__": Pipeline([
        node(len, "params:text", "length", name="first"), node(repr, "length", "shown", name="second"),
    ])}
"""


def group_of(project: Make, **run_config: Any) -> dict[str, Any]:
    made = project(
        registry=REGISTRY,
        parameters={"text": "four"},
        run_config={"node_merge_strategy": "full", **run_config},
    )
    spec = made.compile()["spec"]
    (found,) = (item for item in spec["templates"] if item["name"] == "pipeline")
    return dict(found)


@pytest.mark.parametrize(
    ("timeout", "seconds"),
    [
        ({"first": 60}, None),
        ({"first": 60, "second": 30}, 90),
        ({"__default__": 20, "second": 30}, 50),
        ({}, None),
    ],
)
def test_a_group_may_take_as_long_as_its_nodes(
    project: Make, timeout: dict[str, int], seconds: Any
) -> None:
    assert group_of(project, timeout=timeout).get("activeDeadlineSeconds") == seconds


@pytest.mark.parametrize(
    ("second", "resources"),
    [
        ({"limits": {"memory": "2Gi"}}, {"limits": {"memory": "2Gi"}}),
        ({"requests": {"memory": "1Gi"}}, {"requests": {"memory": "1Gi"}}),
        (
            {"nvidia.com/gpu": 1},
            {"limits": {"nvidia.com/gpu": "1"}, "requests": {"nvidia.com/gpu": "1"}},
        ),
        (None, {}),
    ],
)
def test_a_group_has_no_limit_that_one_of_its_nodes_does_not_have(
    project: Make, second: Any, resources: dict[str, Any]
) -> None:
    entries = {"__default__": {}, "first": {"limits": {"memory": "1Gi"}}, "second": second}

    found = group_of(
        project, resources={key: item for key, item in entries.items() if item is not None}
    )

    assert found["container"].get("resources", {}) == resources
