"""Any name becomes valid, and different names stay different."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from kedro_kubeflow.argo.naming import (
    artifact_name,
    legal_names,
    parameter_name,
    step_name,
    workflow_name,
)

STEP = re.compile(r"[a-z][-a-z0-9]*[a-z0-9]|[a-z]")
NAMES = st.lists(st.text(max_size=300) | st.text("ab.-_ 1", max_size=6), max_size=30)


@given(NAMES)
def test_step_names_are_valid_different_and_independent_of_order(names: list[str]) -> None:
    result = legal_names(names, step_name, reserved=["a", "b"])
    assert set(result) == set(names)
    assert len(set(result.values()) | {"a", "b"}) == len(result) + 2
    for legal in result.values():
        assert STEP.fullmatch(legal)
        assert len(legal) <= 63
    assert legal_names(reversed(names), step_name, reserved=["a", "b"]) == result


@given(NAMES)
def test_parameter_names_are_valid_and_different(names: list[str]) -> None:
    result = legal_names(names, parameter_name)
    assert len(set(result.values())) == len(result)
    for name, legal in result.items():
        assert re.fullmatch(r"[-_a-zA-Z0-9]{1,63}", legal)
        if re.fullmatch(r"[-_a-zA-Z0-9]{1,63}", name):
            assert legal == name


def test_names_stay_readable() -> None:
    names = [
        "data_processing.clean_companies",
        "f([a,b]) -> [c]",
        "größe café",
        "数据",
        "1st",
        "X" * 80,
    ]
    assert list(legal_names(names, step_name).values()) == [
        "data-processing-clean-companies",
        "f-a-b-c",
        "gro-e-cafe",
        "step-5440f742",
        "step-1st",
        "x" * 54 + "-" + "62ed4e42",
    ]
    assert parameter_name("my param") == "my-param"
    assert artifact_name("{odd}") == "odd"


def test_a_name_that_was_valid_is_kept() -> None:
    names = legal_names(["a.b", "a-b", "a_b"], step_name)
    assert names["a-b"] == "a-b"
    assert re.fullmatch("a-b-[0-9a-f]{8}", names["a.b"])
    assert re.fullmatch("a-b-[0-9a-f]{8}", names["a_b"])
    assert names["a.b"] != names["a_b"]
    # a name that equals the hashed form of another is not taken
    assert len(set(legal_names([*names.values(), "a.b", "a_b"], step_name).values())) == 5


@given(st.text(max_size=200), st.text(max_size=80))
def test_workflow_names_are_valid_in_kubernetes(project: str, pipeline: str) -> None:
    assert re.fullmatch(r"[a-z][-a-z0-9]*", workflow_name(project, pipeline))
    assert len(workflow_name(project, pipeline)) <= 57
