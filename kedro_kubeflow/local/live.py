"""Shows the steps of a run as a table on a terminal, and updates it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import IO, Optional

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from kedro_kubeflow.local.reporting import (
    RETRYING,
    RUNNING,
    WAITING,
    count,
    duration_text,
    retry_text,
    summary,
)
from kedro_kubeflow.local.result import (
    ERROR,
    FAILED,
    OMITTED,
    SUCCEEDED,
    RunResult,
    StepInfo,
    StepResult,
)

_STYLES = {
    ERROR: "bold red",
    FAILED: "bold red",
    OMITTED: "dim",
    RETRYING: "yellow",
    RUNNING: "cyan",
    SUCCEEDED: "green",
    WAITING: "dim",
}
# Which steps are shown when there are more than lines: what runs, then what went wrong.
_SHOWN_FIRST = (RUNNING, RETRYING, FAILED, ERROR)
_OTHER_LINES = 6
_REFRESHES_PER_SECOND = 5


@dataclass(frozen=True)
class _Row:
    info: StepInfo
    state: str = WAITING
    clock_start: Optional[float] = None
    seconds: Optional[float] = None
    note: str = ""


class LiveReporter:
    """A table with a row for each step, drawn anew while steps run; for terminals.

    Where there are more steps than lines, those that run and those that failed are shown, and the
    rest is counted. At the end the whole table stays on the screen.
    """

    def __init__(self, stream: IO[str], console: Optional[Console] = None) -> None:
        """Draw nothing yet.

        Args:
            stream: the terminal.
            console: in place of one made for the stream.
        """
        self._console = console or Console(file=stream, highlight=False)
        self._rows: dict[str, _Row] = {}
        self._title = ""
        self._live: Optional[Live] = None

    def workflow_started(self, name: str, steps: Sequence[StepInfo]) -> None:
        """See :class:`~kedro_kubeflow.local.reporting.Reporter`."""
        self._title = f"workflow {name}, {count(len(steps), 'step')}"
        self._rows = {step.name: _Row(step) for step in steps}
        self._live = Live(
            console=self._console,
            get_renderable=self._draw_fitting,
            refresh_per_second=_REFRESHES_PER_SECOND,
            transient=True,
        )
        self._live.start()

    def step_started(self, step: StepInfo, attempt: int) -> None:
        """See :class:`~kedro_kubeflow.local.reporting.Reporter`."""
        row = self._rows[step.name]
        start = time.monotonic() if row.clock_start is None else row.clock_start
        note = f"attempt {attempt}" if attempt > 1 else ""
        self._rows[step.name] = replace(row, state=RUNNING, clock_start=start, note=note)

    def step_retrying(
        self, step: StepInfo, retry: int, limit: Optional[int], seconds: float, message: str
    ) -> None:
        """See :class:`~kedro_kubeflow.local.reporting.Reporter`."""
        note = f"{message}; {retry_text(retry, limit, seconds)}"
        self._rows[step.name] = replace(self._rows[step.name], state=RETRYING, note=note)

    def step_finished(self, result: StepResult, log_tail: Sequence[str]) -> None:
        """See :class:`~kedro_kubeflow.local.reporting.Reporter`."""
        self._rows[result.name] = replace(
            self._rows[result.name], state=result.phase, seconds=result.seconds, note=result.message
        )
        if result.phase in (SUCCEEDED, OMITTED):
            return
        # Above the table, where it stays.
        title = Text(f"{result.phase} {result.name}: {result.message}", _STYLES[result.phase])
        lines = [Text("    | ").append_text(Text.from_ansi(line)) for line in log_tail]
        self._console.print(title, *lines, Text(f"    log: {result.log_path}"), sep="\n")

    def workflow_finished(self, result: RunResult) -> None:
        """See :class:`~kedro_kubeflow.local.reporting.Reporter`."""
        self._stop()
        self._console.print(self._table(list(self._rows.values())))
        self._console.print(Text(f"{result.phase} {summary(result)}", _STYLES[result.phase]))

    def close(self) -> None:
        """See :class:`~kedro_kubeflow.local.reporting.Reporter`."""
        self._stop()

    def _stop(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _draw_fitting(self) -> RenderableType:
        # Called by rich's own thread; rows are replaced as a whole, and the list is a copy.
        rows = list(self._rows.values())
        room = max(1, self._console.size.height - _OTHER_LINES)
        if len(rows) <= room:
            return self._table(rows)
        first = [row for row in rows if row.state in _SHOWN_FIRST]
        first.sort(key=lambda row: _SHOWN_FIRST.index(row.state))
        shown = {id(row) for row in first[:room]}
        table = self._table([row for row in rows if id(row) in shown])
        counts = Counter(row.state for row in rows if id(row) not in shown)
        rest = ", ".join(f"{number} {state.lower()}" for state, number in counts.items())
        return Group(table, Text(f"and {rest}", "dim"))

    def _table(self, rows: Sequence[_Row]) -> Table:
        table = Table(title=self._title, title_justify="left", title_style="bold", box=None)
        table.add_column("State", no_wrap=True)
        table.add_column("Step", overflow="fold")
        table.add_column("Time", justify="right", no_wrap=True)
        table.add_column("", overflow="ellipsis", no_wrap=True)
        now = time.monotonic()
        for row in rows:
            seconds = row.seconds
            if seconds is None and row.clock_start is not None:
                seconds = now - row.clock_start
            table.add_row(
                Text(row.state, _STYLES[row.state]),
                Text(_label(row.info)),
                "" if seconds is None else duration_text(seconds),
                Text(row.note),
            )
        return table


def _label(info: StepInfo) -> str:
    if info.display_name == info.name:
        return info.name
    return f"{info.name} ({info.display_name})"
