"""Parameters' values come through unchanged, whatever they are."""

from __future__ import annotations

import datetime as dt
import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedro_kubeflow.errors import ParameterError
from kedro_kubeflow.project.param_options import apply_options
from kedro_kubeflow.project.parameter_values import (
    changed,
    from_text,
    overrides,
    safe_json,
    to_text,
)

# What Argo, the Kubeflow Pipelines server and the kubelet expand.
EXPANDED = ("{{", "[[", "$(", "$$")
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(
        [
            "{{workflow.name}}",
            "[[CurrentTime]]",
            "$(HOME) $$(HOME) $$ $",
            '"quoted"',
            "1e3",
            "[ [1]",
            "{",
            "{{{",
            "\u2028",
            "\r\n",
        ]
    )
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
DATES = st.dates() | st.datetimes().map(lambda when: when.replace(fold=0)) | st.binary(max_size=20)


@given(VALUES)
def test_a_value_comes_back_as_it_was(value: Any) -> None:
    assert not changed(from_text(to_text(value), value), value)


@given(st.dictionaries(st.text(max_size=5), VALUES | DATES, max_size=4))
def test_what_json_does_not_have_comes_back_by_the_default(value: Any) -> None:
    assert not changed(from_text(to_text(value), value), value)


@given(VALUES)
def test_nobody_on_the_way_finds_anything_to_expand(value: Any) -> None:
    text = to_text(value)
    assert not any(mark in text for mark in EXPANDED)
    # and so in the list of all parameters that Argo makes
    listed = json.dumps([{"name": "a", "value": text}], ensure_ascii=False)
    assert not any(mark in listed for mark in EXPANDED)


@given(VALUES)
def test_safe_json_is_json(value: Any) -> None:
    assert not changed(json.loads(safe_json(value)), json.loads(json.dumps(value)))


@given(st.text())
def test_an_ordinary_string_travels_as_it_is(value: str) -> None:
    assert to_text(value).isascii()
    if (
        value.isascii()
        and not any(mark in value for mark in EXPANDED)
        and value.isprintable()
        and not value.startswith('"')
    ):
        assert to_text(value) == value


@pytest.mark.parametrize(
    ("text", "default", "expected"),
    [
        ("1e3", "1.0", "1e3"),
        ("true", "no", "true"),
        ("null", "x", "null"),
        ("5", 1, 5),
        ("5", 1.5, 5.0),
        ("0.5", 1, 0.5),
        ("1e-3", 0.1, 0.001),
        (".inf", 1.0, math.inf),
        ("yes", False, True),
        ("[1, 2]", [0], [1, 2]),
        ("a: 1", {"a": 0}, {"a": 1}),
        ("null", 3, None),
        ("7", None, 7),
        ("2026-01-02", dt.date(2020, 1, 1), dt.date(2026, 1, 2)),
        ('{"when": "2026-01-02"}', {"when": dt.date(2020, 1, 1)}, {"when": dt.date(2026, 1, 2)}),
    ],
)
def test_what_a_person_types_is_read_by_the_defaults_type(
    text: str, default: Any, expected: Any
) -> None:
    assert not changed(from_text(text, default), expected)


@pytest.mark.parametrize(
    ("text", "default"),
    [("abc", 1), ("5", True), ("5", [1]), ("5", {"a": 1}), ("[1]", {"a": 1}), ("{}", [1])],
)
def test_what_cannot_be_of_the_defaults_type_is_refused(text: str, default: Any) -> None:
    with pytest.raises(ParameterError, match="which the default"):
        from_text(text, default)


def test_only_real_differences_override() -> None:
    defaults = {
        "same": {"b": 1, "a": [1.0, None]},
        "text": "1",
        "number": 1,
        "when": dt.date(2026, 1, 1),
        3: "x",
    }
    texts = {
        "same": '{"a": [1.0, null], "b": 1}',
        "text": "1",
        "number": "2",
        "when": '"2026-01-01"',
        "3": "x",
    }
    assert overrides(texts, defaults) == {"number": 2}
    assert overrides({"same": '{"a": [1, null], "b": 1}'}, defaults) == {
        "same": {"a": [1, None], "b": 1}
    }


def test_a_parameter_that_the_image_does_not_have_is_given_to_it() -> None:
    assert overrides({"new": "[1]", "word": "hello"}, {}) == {"new": [1], "word": "hello"}


PARAMETERS = {
    "alpha": 0.1,
    "a.b": 1,
    "a": {"b": 2, "deep": {"er": {"x": "1"}}},
    "version": "1.0",
    7: "seven",
}


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        ("alpha=0.3", {"alpha": 0.3}),
        ("alpha:1", {"alpha": 1.0}),
        ("version=1e3", {"version": "1e3"}),
        ("version=a=b:c", {"version": "a=b:c"}),
        ("a.b=5", {"a.b": 5}),
        ("a.deep.er.x=2", {"a": {"b": 2, "deep": {"er": {"x": "2"}}}}),
        ("7=eight", {7: "eight"}),
        ("version=", {"version": ""}),
    ],
)
def test_options_set_parameters(option: str, expected: Any) -> None:
    assert apply_options([option], PARAMETERS) == expected


def test_options_add_up_and_leave_the_project_alone() -> None:
    assert apply_options(["a.deep.er.x=5", "a.deep.er.x=6"], PARAMETERS)["a"] == {
        "b": 2,
        "deep": {"er": {"x": "6"}},
    }
    assert PARAMETERS["a"] == {"b": 2, "deep": {"er": {"x": "1"}}}


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("alhpa=1", "did you mean 'alpha'"),
        ("alpha", "write it as key=value"),
        ("=1", "write it as key=value"),
        ("alpha=abc", "is not a number"),
        ("a.deep.er.y=1", "did you mean 'a.deep.er.x'"),
        ("alpha.x=1", "no such parameter"),
    ],
)
def test_options_nobody_can_take_are_refused(option: str, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        apply_options([option], PARAMETERS)
