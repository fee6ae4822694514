"""A schedule survives every failure while another one is created."""

from __future__ import annotations

from typing import Any

import pytest

from kedro_kubeflow.client import Schedule
from kedro_kubeflow.errors import ServerError, ServerRefusedError, ServerUnreachableError
from kfp_server import Fault, KfpServer, gateway_error, sample_workflow, status


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


FAILURES: list[Any] = [
    pytest.param("GET", "/pipelines$", {"answer": status(500)}, id="pipelines"),
    pytest.param("GET", "/pipeline_versions$", {"answer": status(500)}, id="versions"),
    pytest.param("GET", "/experiments$", {"answer": status(403)}, id="experiments"),
    pytest.param("GET", "/jobs$", {"close": True}, id="jobs"),
    pytest.param("POST", "/jobs$", {"answer": status(400)}, id="refused"),
    pytest.param("POST", "/jobs$", {"answer": status(500)}, id="500"),
    pytest.param("POST", "/jobs$", {"answer": gateway_error()}, id="gateway"),
    pytest.param("POST", "/jobs$", {"close": True}, id="closed"),
    pytest.param("POST", "/jobs$", {"cut_upload_after": 50}, id="cut"),
]


@pytest.mark.parametrize(("method", "path", "fault"), FAILURES)
def test_what_worked_before_a_failure_works_after_it(
    client: Any, server: KfpServer, method: str, path: str, fault: dict[str, Any]
) -> None:
    first = client.schedule(schedule())
    server.faults.add(Fault(method, path, times=-1, **fault))

    with pytest.raises(ServerError):
        client.schedule(schedule(cron="@hourly"))

    assert set(server.store.jobs) == {first.job_id}
    assert server.store.jobs[first.job_id].enabled
    assert server.received.lines().count("POST /jobs") <= 2


def test_one_that_was_made_although_the_answer_was_lost_is_taken(
    client: Any, server: KfpServer
) -> None:
    first = client.schedule(schedule())
    server.faults.add(Fault("POST", "/jobs$", close=True, after_work=True))

    second = client.schedule(schedule(cron="@hourly"))

    assert second.replaced == (first.job_id,)
    assert set(server.store.jobs) == {second.job_id}
    assert server.received.lines().count("POST /jobs") == 2


def test_one_that_may_have_been_made_is_not_made_again(client: Any, server: KfpServer) -> None:
    server.faults.add(Fault("POST", "/jobs$", close=True))

    with pytest.raises(ServerUnreachableError) as caught:
        client.schedule(schedule())

    assert server.received.lines().count("POST /jobs") == 1
    assert "the server does not show it yet" in str(caught.value)
    assert "the previous schedule is unchanged" in str(caught.value)


@pytest.mark.parametrize("fault", [{"close": True, "after_work": True}, {"answer": status(404)}])
def test_an_old_one_that_is_gone_already_is_no_error(
    client: Any, server: KfpServer, fault: dict[str, Any]
) -> None:
    client.schedule(schedule())
    server.faults.add(Fault("DELETE", "/jobs/", **fault))

    client.schedule(schedule())


def test_an_old_one_that_cannot_be_deleted_is_told_with_both_links(
    client: Any, server: KfpServer
) -> None:
    first = client.schedule(schedule())
    server.faults.add(Fault("DELETE", "/jobs/", times=-1, answer=status(403, "not yours")))

    with pytest.raises(ServerRefusedError) as caught:
        client.schedule(schedule())

    (second,) = set(server.store.jobs) - {first.job_id}
    for job_id in (first.job_id, second):
        assert f"{server.url}/#/recurringrun/details/{job_id}" in str(caught.value)
    assert "not yours" in str(caught.value)
