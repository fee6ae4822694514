"""Reads the state of a run, and waits for the run to end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Optional

from kedro_kubeflow.client.api import Api, required
from kedro_kubeflow.client.failures import Failure, Refusal, server_error
from kedro_kubeflow.client.links import Links
from kedro_kubeflow.client.polling import Poller, Trouble
from kedro_kubeflow.client.records import RUN_DETAIL
from kedro_kubeflow.client.run_reading import snapshot_of
from kedro_kubeflow.client.snapshots import RunSnapshot

_SHORTEST_ANSWER = 0.2


def read_run(api: Api, links: Links, run_id: str) -> RunSnapshot:
    """Returns the current state of a run.

    Raises:
        ServerError: There is no such run, or no answer.
    """
    detail = api.read(_purpose(run_id), lambda: _detail(api, run_id))
    return snapshot_of(detail, links.run(run_id))


def watch_run(api: Api, links: Links, run_id: str, timeout: float) -> Iterator[RunSnapshot]:
    """Yields the states of a run as they change; see :meth:`KubeflowClient.wait`."""
    return _RunPoller(api, run_id, links.run(run_id), timeout).snapshots()


class _RunPoller(Poller[RunSnapshot]):
    def __init__(self, api: Api, run_id: str, link: str, timeout: float) -> None:
        super().__init__(api.policy, timeout, RunSnapshot(run_id, "", "", link))
        self._api = api
        self._began = api.policy.clock()

    def _poll(self) -> RunSnapshot:
        # The rest of the wait limits the response too.
        limit = min(self._policy.answer_seconds, max(self._seconds_left(), _SHORTEST_ANSWER))
        detail = self._api.once(lambda: _detail(self._api, self._last.run_id), limit)
        found = snapshot_of(detail, self._last.link)
        return replace(found, remark=self._remark(found) or found.remark)

    def _fatal(self, error: Trouble, failing_seconds: float) -> Optional[Trouble]:
        if not isinstance(error, Failure):
            return error
        # While a server restarts, its gateway may answer 404.
        passes = error.transient or (
            self._answered and isinstance(error, Refusal) and not error.from_api
        )
        if passes and failing_seconds <= self._policy.patience:
            return None
        advice = f"the run itself continues; see {self._last.link}" if self._answered else ""
        if isinstance(error, Refusal) and error.status == 404 and error.from_api and self._answered:
            advice = "the run was deleted on the server while it was waited for"
        return server_error(_purpose(self._last.run_id), error, advice)

    def _remark(self, found: RunSnapshot) -> str:
        known = found.status.lower() not in ("", "unknown")
        if known or self._policy.clock() - self._began < self._policy.no_status_after:
            return ""
        return (
            f"the server has had no status of this run for {self._policy.no_status_after:.0f} s: "
            "its persistence agent may be down, or the run's ttl so short that the run is deleted "
            "before the agent sees it; the run itself may be fine"
        )


def _purpose(run_id: str) -> str:
    return f"cannot read the run {run_id}"


def _detail(api: Api, run_id: str) -> Any:
    detail = api.rest.get(RUN_DETAIL, "runs", run_id)
    required(detail.run and detail.run.id, "run", _purpose(run_id))
    return detail
