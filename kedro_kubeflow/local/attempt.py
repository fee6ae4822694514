"""Runs one attempt of one step, and collects its phase, message, outputs and last log lines."""

from __future__ import annotations

import datetime
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from kedro_kubeflow.errors import LocalRunError
from kedro_kubeflow.local.executor import Attempt, CannotStartError, Ended, Execution
from kedro_kubeflow.local.identity import rfc3339
from kedro_kubeflow.local.outputs import MissingOutputError, read_parameters, save_artifacts
from kedro_kubeflow.local.pod_folder import PodSite
from kedro_kubeflow.local.project_copy import CopyStoppedError
from kedro_kubeflow.local.resource import apply_resource, read_json_path
from kedro_kubeflow.local.result import ERROR, FAILED, SUCCEEDED

TAIL_LINES = 20

# Long enough for twenty lines of a traceback, short enough to read at once.
_TAIL_BYTES = 64 * 1024
_HEADER_ARGUMENTS_CHARACTERS = 500


@dataclass(frozen=True)
class Outcome:
    """What became of one attempt.

    Attributes:
        phase: Succeeded, Failed or Error.
        message: why it did not succeed.
        outputs: its output parameters.
        log_tail: the last lines it wrote, when it did not succeed.
        finished: in UTC.
    """

    phase: str
    message: str = ""
    outputs: Mapping[str, str] = field(default_factory=dict)
    log_tail: tuple[str, ...] = ()
    finished: datetime.datetime = field(
        default_factory=lambda: datetime.datetime.now(datetime.timezone.utc)
    )


def run_attempt(attempt: Attempt, place: PodSite, execution: Execution) -> Outcome:
    """Do one attempt, from making its files ready to collecting the outputs.

    Args:
        attempt: what to do.
        place: where.
        execution: runs the command; stopping it ends the attempt from another thread.

    Returns:
        Always an outcome: what goes wrong on the way is in its message.
    """
    log_path = place.log_path(attempt.step)
    log_path.parent.mkdir(parents=True, exist_ok=True)
    with open(log_path, "wb" if attempt.number == 1 else "ab") as log:
        start = log.tell()
        outcome = _run_logged(attempt, place, execution, log)
    if outcome.phase == SUCCEEDED:
        return outcome
    return Outcome(outcome.phase, outcome.message, log_tail=_tail(log_path, start))


def _run_logged(attempt: Attempt, place: PodSite, execution: Execution, log: IO[bytes]) -> Outcome:
    try:
        if attempt.kind == "resource":
            return _run_resource(attempt, place, log)
        _write_header(log, attempt, execution.describe(attempt, place))
        with execution.run(attempt, place, log) as ended:
            return _collect(attempt, place, execution, ended)
    except CopyStoppedError:
        return Outcome(FAILED, execution.stop_reason or "stopped")
    except CannotStartError as err:
        return Outcome(FAILED, f"Error (exit code 127): {err}")
    except LocalRunError as err:
        return Outcome(ERROR, str(err))
    except OSError as err:
        return Outcome(ERROR, f"the step could not be set up: {err}")


def _run_resource(attempt: Attempt, place: PodSite, log: IO[bytes]) -> Outcome:
    resource = attempt.body["resource"]
    _write_header(log, attempt, f"kubectl {resource['action']}")
    log.write(str(resource["manifest"]).encode())
    document = apply_resource(resource, place.volumes, f"{attempt.where}.resource")
    outputs = {}
    for item in (attempt.body.get("outputs") or {}).get("parameters") or []:
        path = str((item.get("valueFrom") or {}).get("jsonPath") or "")
        where = f"{attempt.where}.outputs.parameters ({item['name']})"
        outputs[str(item["name"])] = read_json_path(document, path, where)
    return Outcome(SUCCEEDED, outputs=outputs)


def _collect(attempt: Attempt, place: PodSite, execution: Execution, ended: Ended) -> Outcome:
    outputs = attempt.body.get("outputs") or {}
    values: dict[str, str] = {}
    missing: list[str] = []
    # Argo collects what there is after a failure as well; only then a missing output is no error.
    try:
        values = read_parameters(outputs, ended.locate)
    except MissingOutputError as err:
        missing.append(str(err))
    try:
        save_artifacts(outputs, ended.locate, place.artifacts_folder / attempt.step)
    except MissingOutputError as err:
        missing.append(str(err))
    if ended.code is None:
        return Outcome(FAILED, execution.stop_reason or "stopped")
    if ended.code != 0:
        return Outcome(FAILED, f"{ended.reason} (exit code {ended.code})")
    if missing:
        # Argo's executor fails then, not the step's own command: its phase for that is Error.
        return Outcome(ERROR, f"Error (exit code 1): {'; '.join(missing)}")
    return Outcome(SUCCEEDED, outputs=values)


def _write_header(log: IO[bytes], attempt: Attempt, command: str) -> None:
    # One line, so that the header ends with the first empty one.
    command = command.replace("\r", "\\r").replace("\n", "\\n")
    if len(command) > _HEADER_ARGUMENTS_CHARACTERS:
        command = command[:_HEADER_ARGUMENTS_CHARACTERS] + " ..."
    now = rfc3339(datetime.datetime.now(datetime.timezone.utc))
    separator = "\n" if attempt.number > 1 else ""
    header = f"{separator}=== {attempt.step}, attempt {attempt.number}, {now} ===\n{command}\n\n"
    log.write(header.encode("utf-8", errors="backslashreplace"))
    log.flush()


def _tail(log_path: Path, start: int) -> tuple[str, ...]:
    """The last lines that were written after a place in the file, without the header."""
    with open(log_path, "rb") as log:
        end = log.seek(0, os.SEEK_END)
        log.seek(max(start, end - _TAIL_BYTES))
        text = log.read().decode("utf-8", errors="replace")
    if end - start <= _TAIL_BYTES:
        text = text.lstrip("\n").partition("\n\n")[2]
    return tuple(text.splitlines()[-TAIL_LINES:])
