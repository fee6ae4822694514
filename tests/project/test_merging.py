"""Two mappings, key by key."""

from __future__ import annotations

from typing import Any

import pytest

from kedro_kubeflow.project import merge_mappings


@pytest.mark.parametrize(
    ("general", "specific", "merged"),
    [
        ({"a": 1}, {"b": 2}, {"a": 1, "b": 2}),
        (
            {"a": {"x": 1, "y": {"z": 1}}},
            {"a": {"y": {"w": 2}}},
            {"a": {"x": 1, "y": {"z": 1, "w": 2}}},
        ),
        ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
        ({"a": {"x": 1}}, {"a": None}, {"a": None}),
        ({"a": 1}, {"a": {"x": 1}}, {"a": {"x": 1}}),
    ],
)
def test_mappings_are_merged_and_all_else_is_replaced(
    general: dict[str, Any], specific: dict[str, Any], merged: dict[str, Any]
) -> None:
    assert merge_mappings(general, specific) == merged


def test_what_is_merged_stays_as_it_was() -> None:
    general = {"a": {"x": 1}}

    merge_mappings(general, {"a": {"x": 2}})

    assert general == {"a": {"x": 1}}
