"""Waits in a pod for a run of another pipeline, logs its progress, and fails if the run does."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Optional
from urllib.parse import urlsplit

from kedro_kubeflow.errors import StepError
from kedro_kubeflow.variables import CREATED, LOCAL, RUN_ID

if TYPE_CHECKING:
    from kedro_kubeflow.client import PipelineSnapshot, RunSnapshot


@dataclass(frozen=True)
class WaitArguments:
    """The options of a step that waits.

    Attributes:
        pipeline: name on the server.
        task: a step of the run whose success is enough, or None.
        host: URL of the API.
        namespace: namespace of the run on a multi-user server, or None for the pod's own.
        interface: URL used in links, or None for the host.
        timeout: seconds to wait.
        max_age: seconds by which the run may be older than this workflow.
        must_exist: whether to fail at once if there is no such pipeline.
        poll_seconds: seconds between two polls.
    """

    pipeline: str
    task: Optional[str]
    host: str
    namespace: Optional[str]
    interface: Optional[str]
    timeout: float
    max_age: float
    must_exist: bool
    poll_seconds: float


def wait_for_run(
    arguments: WaitArguments, environ: Mapping[str, str], say: Callable[[str], object]
) -> None:
    """Waits until a run of the pipeline has succeeded.

    Args:
        arguments: the step's options.
        environ: the pod's environment variables.
        say: writes a line to the log.

    Raises:
        StepError: the run failed, the time was over, or there is no such pipeline or step.
        ServerError: the server refuses, or has never answered.
    """
    if environ.get(LOCAL):
        say(f"run-local does not wait for other pipelines: skipped {arguments.pipeline!r}")
        return
    from kedro_kubeflow.client import KubeflowClient, PipelineWait, RequestPolicy

    wait = PipelineWait(
        pipeline=arguments.pipeline,
        since=_created(environ) - dt.timedelta(seconds=arguments.max_age),
        timeout=arguments.timeout,
        task=arguments.task,
        must_exist=arguments.must_exist,
        own_run=environ.get(RUN_ID, ""),
    )
    client = KubeflowClient(
        arguments.host,
        _environment_for(arguments.host, environ),
        namespace=arguments.namespace,
        # Each poll is one attempt: the wait itself retries.
        policy=RequestPolicy(
            attempts=1, first_poll=arguments.poll_seconds, slowest_poll=arguments.poll_seconds
        ),
        interface=arguments.interface,
    )
    of = f"step {wait.task!r} of " if wait.task else ""
    say(
        f"waiting for {of}a run of the pipeline {wait.pipeline!r} that was created since "
        f"{wait.since:%Y-%m-%dT%H:%M:%SZ}, {wait.timeout:.0f} s at most"
    )
    last_line = ""
    for snapshot in client.wait_for_pipeline(wait):
        line = _line(snapshot)
        if line != last_line and not snapshot.timed_out:
            say(line)
        last_line = line
    if not snapshot.succeeded:
        raise StepError(_failure(snapshot, wait.pipeline, wait.timeout))


def _created(environ: Mapping[str, str]) -> dt.datetime:
    """Returns when the workflow was created, or the current time if that is unknown."""
    try:
        found = dt.datetime.fromisoformat(environ.get(CREATED, "").replace("Z", "+00:00"))
    except ValueError:
        return dt.datetime.now(dt.timezone.utc)
    return found.astimezone(dt.timezone.utc)


def _environment_for(host: str, environ: Mapping[str, str]) -> Mapping[str, str]:
    """Removes the login of a gateway, which pods may have for MLflow, if the host is inside the cluster."""
    name = urlsplit(host).hostname or ""
    inside = "." not in name or name.endswith((".svc", ".svc.cluster.local"))
    return {key: value for key, value in environ.items() if key != "IAP_CLIENT_ID" or not inside}


def _line(snapshot: PipelineSnapshot) -> str:
    run = snapshot.run
    if run is None or snapshot.remark:
        return snapshot.remark
    step = f", step {snapshot.step.name!r} is {snapshot.step.phase}" if snapshot.step else ""
    return f"{_label(run)} is {run.status or 'without a status'}{step}: {run.link}"


def _label(run: RunSnapshot) -> str:
    return f"the run {run.name!r} ({run.run_id})"


def _failure(snapshot: PipelineSnapshot, pipeline: str, timeout: float) -> str:
    run = snapshot.run
    if snapshot.timed_out or run is None:
        return (
            f"the pipeline {pipeline!r} has not succeeded within {timeout:.0f} s; last seen: {_line(snapshot)}. "
            "Retry this run once it has; to wait longer, set the dependency's timeout"
        )
    why = run.explanation or "no reason is known"
    if snapshot.step is not None and not snapshot.step.failed:
        why = f"step {snapshot.step.name!r} is {snapshot.step.phase}; {why}"
    return (
        f"{_label(run)} of the pipeline {pipeline!r} is {run.status}: {why}. See {run.link}, retry it there "
        "or start it again, then retry this run"
    )
