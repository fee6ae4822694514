"""Reading durations and retry strategies."""

from __future__ import annotations

import pytest

from kedro_kubeflow.errors import LocalRunError
from kedro_kubeflow.local.retries import parse_duration, read_deadline_seconds, read_retry_strategy


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("60s", 60),
        ("5m", 300),
        ("1h30m", 5400),
        ("1.5h", 5400),
        ("250ms", 0.25),
        ("90", 90),
        (90, 90),
        ("0", 0),
        ("1m0.5s", 60.5),
    ],
)
def test_durations(text, seconds):
    assert parse_duration(text, "here") == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "soon", "5 minutes", "1d", "-5s", "5m!", "m"])
def test_what_is_no_duration_is_refused_with_its_place(text):
    with pytest.raises(LocalRunError, match=r"spec\.x: .* is not a duration; write it like 60s"):
        parse_duration(text, "spec.x")


def strategy(**fields):
    return read_retry_strategy({"retryStrategy": fields}, "t")


def test_waits_grow_by_the_factor():
    found = strategy(limit="4", retryPolicy="Always", backoff={"duration": "60s", "factor": "2"})
    waits = [found.seconds_to_wait(attempts, "Failed", 0) for attempts in range(1, 7)]
    assert waits == [60, 120, 240, 480, None, None]


def test_no_factor_means_equal_waits_and_no_backoff_means_none():
    even = strategy(limit=2, backoff={"duration": "3"})
    assert [even.seconds_to_wait(n, "Failed", 0) for n in (1, 2, 3)] == [3, 3, None]
    assert strategy(limit=1).seconds_to_wait(1, "Failed", 0) == 0


def test_a_retry_that_would_start_too_late_is_not_waited_for():
    found = strategy(limit=9, backoff={"duration": "60s", "factor": 2, "maxDuration": "5m"})
    assert found.seconds_to_wait(1, "Failed", 10) == 60
    assert found.seconds_to_wait(2, "Failed", 100) == 120
    assert found.seconds_to_wait(3, "Failed", 250) is None


@pytest.mark.parametrize(
    ("policy", "retried"),
    [
        ("Always", {"Failed", "Error"}),
        ("OnFailure", {"Failed"}),
        (None, {"Failed"}),
        ("OnError", {"Error"}),
        ("OnTransientError", set()),
    ],
)
def test_policies(policy, retried):
    found = strategy(limit=1, retryPolicy=policy)
    phases = {"Failed", "Error"}
    assert {p for p in phases if found.seconds_to_wait(1, p, 0) is not None} == retried


def test_without_a_limit_it_goes_on_and_huge_waits_do_not_overflow():
    found = strategy(backoff={"duration": "1h", "factor": 10})
    assert found.seconds_to_wait(100_000, "Failed", 0) == float("inf")


def test_no_strategy():
    assert read_retry_strategy({}, "t") is None


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"retryPolicy": "Sometimes"}, r"t\.retryStrategy\.retryPolicy: 'Sometimes' is not one of"),
        ({"limit": "many"}, r"t\.retryStrategy\.limit: 'many' is not a number"),
        ({"limit": -1}, r"t\.retryStrategy\.limit: -1 is not a number of 0 or more"),
        ({"backoff": {"duration": "x"}}, r"t\.retryStrategy\.backoff\.duration: 'x' is not a"),
        ({"backoff": 5}, r"t\.retryStrategy\.backoff: expected a mapping, found 5"),
        ({"expression": "true"}, r"t\.retryStrategy\.expression: "),
    ],
)
def test_mistakes_name_their_place(fields, message):
    with pytest.raises(LocalRunError, match=message):
        strategy(**fields)


def test_the_shorter_limit_of_an_attempt_holds():
    assert read_deadline_seconds({"activeDeadlineSeconds": "60", "timeout": "10s"}, "t") == 10
    assert read_deadline_seconds({"activeDeadlineSeconds": 5}, "t") == 5
    assert read_deadline_seconds({}, "t") is None
