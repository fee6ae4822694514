"""Schedules are checked by the rules of Kubeflow's scheduler."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedro_kubeflow.argo.cron import check_cron
from kedro_kubeflow.errors import InputError
from kfp_server import cron as server_cron


@pytest.mark.parametrize(
    "line",
    [
        "0 0 4 * * *",
        "0 */5 * * * *",
        "30 0 0 1,15 JAN-mar ?",
        "0 0 9-17/2 ? * mon-FRI",
        "59 59 23 31 12 6",
        "@daily",
        "@hourly",
        "@every 1h",
        "@every 1h30m",
        "@every 1.5h",
    ],
)
def test_valid_schedules_are_accepted(line: str) -> None:
    assert check_cron(line) == line
    server_cron.check(line)


def test_spaces_are_normalised() -> None:
    assert check_cron("  0  0 4\t* * * ") == "0 0 4 * * *"


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("0 4 * * *", "0 0 4 * * *"),
        ("*/5 * * * *", "0 */5 * * * *"),
        ("0 4 * * 7", "0 0 4 * * 0"),
        ("0 4 * * 5-7", "0 0 4 * * 5,6,0"),
        ("0 4 * * 1-7/3,mon", "0 0 4 * * 1,4,0,mon"),
        ("0 4 1 1 mon", "0 0 4 1 1 mon"),
    ],
)
def test_five_fields_are_rejected_with_the_six_that_are_meant(line: str, meant: str) -> None:
    with pytest.raises(InputError) as caught:
        check_cron(line)

    assert f"write {meant!r}" in str(caught.value)
    assert check_cron(meant) == meant
    assert "read the first as seconds" in str(caught.value)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("", "has 0 fields instead of six"),
        ("hello", "has 1 fields instead of six"),
        ("0 0 0 4 * * *", "has 7 fields instead of six"),
        ("60 0 4 * * *", "second '60': '60' is not in the range 0 to 59"),
        ("0 0 24 * * *", "hour '24': '24' is not in the range 0 to 23"),
        ("0 0 4 0 * *", "day of month '0'"),
        ("0 0 4 * 13 *", "'13' is not in the range 1 to 12 or jan to dec"),
        ("0 0 4 * * 7", "'7' is not in the range 0 to 6 or sun to sat"),
        ("0 0 4 * * x", "day of week 'x'"),
        ("0 0 9-5 * * *", "'9-5' ends before it starts"),
        ("0 */0 4 * * *", "'0' is not a valid step"),
        ("0 */x 4 * * *", "'x' is not a valid step"),
        ("0 ١ 4 * * *", "minute"),
        ("@never", "must be one of @yearly"),
        ("@every", "or @every with a duration"),
        ("@every day", "or @every with a duration"),
    ],
)
def test_invalid_schedules_are_rejected_with_the_field(line: str, problem: str) -> None:
    with pytest.raises(InputError) as caught:
        check_cron(line)

    assert problem in str(caught.value)


fields = st.one_of(
    st.just("*"),
    st.just("?"),
    st.integers(0, 70).map(str),
    st.tuples(st.integers(0, 70), st.integers(0, 70)).map(lambda pair: f"{pair[0]}-{pair[1]}"),
    st.integers(0, 9).map(lambda step: f"*/{step}"),
)


@given(st.lists(fields, min_size=6, max_size=6).map(" ".join))
def test_the_server_accepts_every_accepted_schedule(line: str) -> None:
    try:
        check_cron(line)
    except InputError:
        return
    server_cron.check(line)
