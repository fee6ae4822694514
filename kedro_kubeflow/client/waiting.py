"""A run in; its states, one by one as they change, out, until it ends or the time is over.

kfp has a loop for this too: a 401 after a good answer kills it or makes it spin, it sleeps on after
the end, and it reports a time-out for runs that did end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Optional

from kedro_kubeflow.client.api import Api, required
from kedro_kubeflow.client.failures import Failure, Refusal, ending
from kedro_kubeflow.client.links import Links
from kedro_kubeflow.client.snapshots import RunSnapshot, snapshot_of

_POLL_GROWTH = 1.3
_SHORTEST_ANSWER = 0.2
_POLLS_AFTER_END = 3


def look_at(api: Api, links: Links, run_id: str) -> RunSnapshot:
    """Gives the present state of a run.

    Raises:
        ServerError: There is no such run, or no answer.
    """
    purpose = f"cannot see the run {run_id}"
    detail = api.read(purpose, lambda: _detail(api, run_id))
    return snapshot_of(detail, links.run(run_id))


def watch(api: Api, links: Links, run_id: str, timeout: float) -> Iterator[RunSnapshot]:
    """Gives the states of a run as they change; see :meth:`KubeflowClient.wait`."""
    return _Watch(api, links, run_id, timeout).states()


class _Watch:
    def __init__(self, api: Api, links: Links, run_id: str, timeout: float) -> None:
        self._api = api
        self._policy = api.policy
        self._run_id = run_id
        self._link = links.run(run_id)
        self._began = self._policy.clock()
        self._deadline = self._began + timeout
        self._trouble_since: Optional[float] = None
        self._seen = False
        self._polls_after_end = 0
        self._last = RunSnapshot(run_id, "", "", self._link)

    def states(self) -> Iterator[RunSnapshot]:
        pause = self._policy.first_poll
        shown: Optional[RunSnapshot] = None
        while True:
            self._poll()
            if self._last != shown:
                shown = self._last
                yield shown
            if self._ended():
                return
            left = self._left()
            if left <= 0:
                yield replace(self._last, timed_out=True)
                return
            self._policy.sleep(min(pause, left))
            pause = min(pause * _POLL_GROWTH, self._policy.slowest_poll)

    def _poll(self) -> None:
        """Looks once, and takes the time that is left for the limit of the answer."""
        limit = min(self._policy.answer_seconds, max(self._left(), _SHORTEST_ANSWER))
        try:
            detail = self._api.once(lambda: _detail(self._api, self._run_id), limit)
        except Failure as err:
            failure = err
        else:
            self._trouble_since = None
            self._seen = True
            found = snapshot_of(detail, self._link)
            self._last = replace(found, remark=self._remark(found))
            return
        self._bear(failure)

    def _bear(self, failure: Failure) -> None:
        """Takes a failure with patience, as long as it is one that may pass."""
        now = self._policy.clock()
        if self._trouble_since is None:
            self._trouble_since = now
        # While a server is restarted its gateway may say 404 for it.
        passes = failure.may_pass or (
            self._seen and isinstance(failure, Refusal) and not failure.own_words
        )
        if not passes or now - self._trouble_since > self._policy.patience:
            raise ending(
                f"cannot see the run {self._run_id}",
                failure,
                f"the run goes on without us; look at {self._link}" if self._seen else "",
            )
        self._last = replace(self._last, remark=f"the server does not answer now: {failure}")

    def _ended(self) -> bool:
        """Tells whether all is seen that can be seen."""
        if not self._last.finished:
            return False
        if self._last.succeeded or self._last.explanation:
            return True
        # The status may be a moment ahead of the nodes that say why.
        self._polls_after_end += 1
        return self._polls_after_end > _POLLS_AFTER_END

    def _remark(self, found: RunSnapshot) -> str:
        known = found.status.lower() not in ("", "unknown")
        if known or self._policy.clock() - self._began < self._policy.no_status_after:
            return ""
        return (
            f"the server has known no status of this run for {self._policy.no_status_after:.0f} s: "
            "its persistence agent may be down, or the run's ttl may be shorter than the agent's "
            "reach; the run itself may be going well"
        )

    def _left(self) -> float:
        return self._deadline - self._policy.clock()


def _detail(api: Api, run_id: str) -> Any:
    detail = api.runs.get_run(run_id)
    required(detail.run and detail.run.id, "run", f"cannot see the run {run_id}")
    return detail
