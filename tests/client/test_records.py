"""The shapes of the API's objects."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from kedro_kubeflow.client.records import PIPELINE, RUN, moment, page


@pytest.mark.parametrize(
    ("written", "microsecond", "hours"),
    [
        ("2026-11-25T07:41:33Z", 0, 0),
        ("2026-11-25T07:41:33.5Z", 500_000, 0),
        ("2026-11-25T07:41:33.123456789Z", 123_456, 0),
        ("2026-11-25T09:41:33+02:00", 0, 2),
    ],
)
def test_times_as_go_writes_them(written: str, microsecond: int, hours: int) -> None:
    expected = dt.datetime(2026, 11, 25, 7, 41, 33, microsecond, tzinfo=dt.timezone.utc)

    found = moment(written, "created_at")

    assert found == expected
    assert found.utcoffset() == dt.timedelta(hours=hours)


def test_what_is_missing_or_null_is_none() -> None:
    run = RUN({"id": "1", "error": None, "of_a_later_release": {}}, "")

    assert (run.id, run.error, run.created_at, run.pipeline_spec) == ("1", None, None, None)


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ({"pipelines": {}}, "pipelines is not a list"),
        ({"pipelines": [None]}, r"pipelines\[0\] is not an object"),
        ({"pipelines": [{"name": ["a"]}]}, r"pipelines\[0\].name is not a string"),
        ({"pipelines": [{"created_at": 5}]}, r"pipelines\[0\].created_at is not a time: 5"),
        (
            {"pipelines": [{"created_at": "2026-13-45T07:41:33Z"}]},
            "month must be in 1..12",
        ),
    ],
)
def test_any_other_shape_is_an_error(answer: Any, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        page("pipelines", PIPELINE)(answer, "")
