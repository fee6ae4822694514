"""Recurring runs: what is sent, and that nothing is lost whatever fails."""

from __future__ import annotations

import copy
import datetime as dt
import time
from collections.abc import Iterator
from typing import Any

import pytest

from kedro_kubeflow.client import Schedule
from kedro_kubeflow.errors import InputError, ParameterError, ServerError
from kfp_server import Fault, KfpServer, sample_workflow
from kfp_server.faults import status


def schedule(**changes: Any) -> Schedule:
    return Schedule(
        **{
            "pipeline_name": "demo",
            "experiment_name": "exp",
            "job_name": "every day",
            "cron": "0 0 4 * * *",
            **changes,
        }
    )


@pytest.fixture
def client(connect: Any, server: KfpServer) -> Any:
    """A client of a server that has the pipeline, nothing recorded yet."""
    client = connect(server)
    client.upload_pipeline(sample_workflow(), "demo")
    server.received.clear()
    return client


def test_a_recurring_run_of_the_latest_version(client: Any, server: KfpServer) -> None:
    version = client.upload_pipeline(sample_workflow(image="new"), "demo")
    server.received.clear()
    macro = "[[ScheduledTime.2006-01-02]]"
    start = dt.datetime(2024, 5, 6, 2, tzinfo=dt.timezone(dt.timedelta(hours=2)))

    made = client.schedule(
        schedule(
            parameters={"text": macro}, start=start, description="why", service_account="robot"
        )
    )

    assert server.received.lines() == [
        "GET /pipelines",
        "GET /pipeline_versions",
        "GET /experiments",
        "POST /experiments",
        "GET /jobs",
        "POST /jobs",
    ]
    (sent,) = server.received.matching("POST", "/jobs")
    assert sent.json == {
        "name": "every day",
        "description": "why",
        "service_account": "robot",
        "enabled": True,
        "max_concurrency": 1,
        "no_catchup": True,
        "pipeline_spec": {
            "pipeline_id": version.pipeline_id,
            "parameters": [{"name": "text", "value": macro}],
        },
        "resource_references": [
            {"key": {"type": "EXPERIMENT", "id": made.experiment_id}, "relationship": "OWNER"},
            {
                "key": {"type": "PIPELINE_VERSION", "id": version.version_id},
                "relationship": "CREATOR",
            },
        ],
        "trigger": {
            "cron_schedule": {"cron": "0 0 4 * * *", "start_time": "2024-05-06T00:00:00+00:00"}
        },
    }
    assert made.link == f"{server.url}/#/recurringrun/details/{made.job_id}"
    assert (made.version_id, made.replaced) == (version.version_id, ())


def test_its_macros_are_expanded(client: Any, server: KfpServer) -> None:
    made = client.schedule(schedule(parameters={"text": "[[ScheduledTime.2006-01-02]]"}))

    run = server.fire(made.job_id, dt.datetime(2024, 5, 6, tzinfo=dt.timezone.utc))

    assert {"name": "text", "value": "2024-05-06"} in run.parameters


@pytest.fixture
def new_york(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This machine is in New York."""
    with monkeypatch.context() as moved:
        moved.setenv("TZ", "America/New_York")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("new_york")
def test_a_start_without_a_time_zone_is_utc(client: Any, server: KfpServer) -> None:
    client.schedule(schedule(start=dt.datetime(2024, 5, 6)))

    (sent,) = server.received.matching("POST", "/jobs")
    assert sent.json["trigger"]["cron_schedule"]["start_time"] == "2024-05-06T00:00:00+00:00"


def test_the_old_one_of_the_same_name_goes_after_the_new_one_is_there(
    client: Any, server: KfpServer
) -> None:
    first = client.schedule(schedule())
    other = client.schedule(schedule(job_name="another"))
    elsewhere = client.schedule(schedule(experiment_name="another"))
    server.received.clear()

    second = client.schedule(schedule(cron="@hourly"))

    assert second.replaced == (first.job_id,)
    assert set(server.store.jobs) == {second.job_id, other.job_id, elsewhere.job_id}
    lines = server.received.lines()
    assert lines[-3:] == [
        "POST /jobs",
        f"GET /jobs/{second.job_id}",
        f"DELETE /jobs/{first.job_id}",
    ]
    query = server.received.matching("GET", "/jobs")[0].query
    assert query["resource_reference_key.type"] == "EXPERIMENT"
    assert query["resource_reference_key.id"] == second.experiment_id


def test_one_of_another_pipeline_with_the_same_name_stays(
    connect: Any, server: KfpServer, caplog: pytest.LogCaptureFixture
) -> None:
    """``init`` writes one run_name for all pipelines of a project."""
    client = connect(server)
    for name in ("demo", "other"):
        client.upload_pipeline(sample_workflow(), name)
    first = client.schedule(schedule())
    other = client.schedule(schedule(pipeline_name="other"))
    assert other.replaced == ()
    assert f"{first.job_id} has the name 'every day', too, and is kept" in caplog.text
    client.upload_pipeline(sample_workflow(image="new"), "demo")

    again = client.schedule(schedule(cron="@hourly"))
    other_again = client.schedule(schedule(pipeline_name="other", cron="@hourly"))

    assert again.replaced == (first.job_id,)
    assert other_again.replaced == (other.job_id,)
    assert set(server.store.jobs) == {again.job_id, other_again.job_id}


def test_the_old_one_stays_where_the_new_one_cannot_be_read(client: Any, server: KfpServer) -> None:
    first = client.schedule(schedule())
    server.faults.add(Fault("GET", "/jobs/", times=-1, answer=status(500, "told to fail")))
    with pytest.raises(ServerError, match="the previous schedule is unchanged"):
        client.schedule(schedule(cron="@hourly"))
    assert first.job_id in server.store.jobs


def test_old_ones_are_found_on_every_page(client: Any, server: KfpServer) -> None:
    first = client.schedule(schedule())
    old = server.store.jobs.pop(first.job_id)
    for number in range(105):
        other = copy.copy(old)
        other.id, other.name = f"id-{number}", f"job {number}"
        server.store.jobs[other.id] = other

    made = client.schedule(schedule(job_name="job 104"))

    assert made.replaced == ("id-104",)
    assert len(server.store.jobs) == 105


def test_a_multi_user_server(connect: Any) -> None:
    with KfpServer("2.0.5", multi_user=True) as server:
        client = connect(server, namespace="team-a")
        client.upload_pipeline(sample_workflow(), "demo")
        client.schedule(schedule())

        assert len(client.schedule(schedule()).replaced) == 1


def test_a_pipeline_that_was_not_uploaded(client: Any, server: KfpServer) -> None:
    with pytest.raises(InputError, match=r"no pipeline 'gone' .*upload-pipeline"):
        client.schedule(schedule(pipeline_name="gone"))

    assert [line for line in server.received.lines() if line.startswith("POST")] == []


def test_an_unknown_parameter_is_refused_with_the_nearest(client: Any, server: KfpServer) -> None:
    with pytest.raises(ParameterError, match="'txt'; did you mean 'text'"):
        client.schedule(schedule(parameters={"txt": "1"}))

    assert server.store.jobs == {}


def test_five_fields_are_refused_before_anything_is_sent(client: Any, server: KfpServer) -> None:
    with pytest.raises(InputError, match="write '0 0 4 \\* \\* \\*'"):
        client.schedule(schedule(cron="0 4 * * *"))

    assert server.received.lines() == []
