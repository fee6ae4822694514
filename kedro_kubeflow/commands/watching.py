"""Shows the state of a run at a terminal, in CI logs and as JSON."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import IO, TYPE_CHECKING, Any, Optional

if TYPE_CHECKING:
    from kedro_kubeflow.client import RunSnapshot, StepSnapshot

_STYLES = {
    "Succeeded": "green",
    "Failed": "red",
    "Error": "red",
    "Running": "cyan",
    "Pending": "yellow",
}


def show_run(
    snapshots: Iterable[RunSnapshot], stream: IO[str], environ: Mapping[str, str]
) -> RunSnapshot:
    """Shows a run until its snapshots end: a live table in a terminal, one line for each change elsewhere.

    Args:
        snapshots: states of the run, at least one.
        stream: output stream.
        environ: environment variables, for ``TERM`` and ``CI``.

    Returns:
        The last snapshot.
    """
    terminal = environ.get("TERM", "").lower() not in ("", "dumb", "unknown")
    if terminal and stream.isatty() and not environ.get("CI"):
        return _show_table(snapshots, stream)
    return _show_lines(snapshots, stream)


def status_lines(snapshot: RunSnapshot) -> list[str]:
    """Returns the states of a run and its steps as lines of text."""
    lines = [f"{snapshot.name}: {snapshot.status or 'no status yet'}", f"  {snapshot.link}"]
    width = max((len(step.name) for step in snapshot.steps), default=0)
    lines += [f"  {step.name:<{width}}  {_state(step)}".rstrip() for step in snapshot.steps]
    if snapshot.finished and not snapshot.succeeded and snapshot.explanation:
        lines.append(f"  {snapshot.explanation}")
    return lines + ([f"  {snapshot.remark}"] if snapshot.remark else [])


def snapshot_json(snapshot: RunSnapshot) -> dict[str, Any]:
    """Returns a run as JSON for scripts."""
    return {
        "run_id": snapshot.run_id,
        "name": snapshot.name,
        "status": snapshot.status or None,
        "finished": snapshot.finished,
        "succeeded": snapshot.succeeded,
        "timed_out": snapshot.timed_out,
        "link": snapshot.link,
        "created_at": snapshot.created_at or None,
        "finished_at": snapshot.finished_at or None,
        "message": snapshot.explanation or None,
        "steps": [
            {
                "name": step.name,
                "phase": step.phase,
                "message": step.message or None,
                "attempts": step.attempts,
                "started_at": step.started_at or None,
                "finished_at": step.finished_at or None,
            }
            for step in snapshot.steps
        ],
    }


def _show_lines(snapshots: Iterable[RunSnapshot], stream: IO[str]) -> RunSnapshot:
    states: dict[str, str] = {}
    last_remark = ""
    last: Optional[RunSnapshot] = None
    for last in snapshots:
        for step in last.steps:
            state = _state(step)
            if states.get(step.task) != state and step.phase != "Waiting":
                _write(stream, f"{step.name}: {state}")
            states[step.task] = state
        if last.remark and last.remark != last_remark:
            _write(stream, last.remark)
        last_remark = last.remark
    assert last is not None
    return last


def _show_table(snapshots: Iterable[RunSnapshot], stream: IO[str]) -> RunSnapshot:
    from rich.console import Console
    from rich.live import Live

    last: Optional[RunSnapshot] = None
    with Live(console=Console(file=stream), auto_refresh=False) as live:
        for last in snapshots:
            live.update(_table(last), refresh=True)
    assert last is not None
    return last


def _table(snapshot: RunSnapshot) -> Any:
    from rich.table import Table
    from rich.text import Text

    title = f"{snapshot.name}: {snapshot.status or 'no status yet'}"
    table = Table(title=Text(title), caption=Text(snapshot.remark) if snapshot.remark else None)
    for column in ("Step", "State", "Reason"):
        table.add_column(column, overflow="fold")
    for step in snapshot.steps:
        state = Text(step.phase, style=_STYLES.get(step.phase, ""))
        table.add_row(Text(step.name), state, Text(_reason(step)))
    return table


def _state(step: StepSnapshot) -> str:
    reason = _reason(step)
    return f"{step.phase}: {reason}" if reason else step.phase


def _reason(step: StepSnapshot) -> str:
    parts: Sequence[str] = [step.message if step.phase != "Succeeded" else ""]
    if step.attempts > 1:
        parts = [f"attempt {step.attempts}", *parts]
    return ", ".join(part for part in parts if part)


def _write(stream: IO[str], line: str) -> None:
    encoding = getattr(stream, "encoding", None) or sys.getdefaultencoding()
    stream.write(line.encode(encoding, "replace").decode(encoding) + "\n")
    stream.flush()
