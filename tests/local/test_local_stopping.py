"""Ctrl-C and its like: a real process, real signals, and nothing left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from local_workflows import container, files_below, shell, task, workflow

from kedro_kubeflow.local import PlainReporter, run_workflow
from kedro_kubeflow.local.workers import GRACE_SECONDS

ROOT = Path(__file__).resolve().parents[2]

DRIVER = """
import json, os, signal, sys
from pathlib import Path
from kedro_kubeflow.local import PlainReporter, run_workflow, workers
folder = Path(sys.argv[1])
workers.GRACE_SECONDS = float(sys.argv[2])
# Whoever runs the tests in the background has them ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGTERM, signal.SIG_DFL)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
try:
    run_workflow(
        json.loads((folder / "workflow.json").read_text()),
        project_path=folder / "project",
        run_folder=folder / "run",
        workers=2,
        environ=os.environ,
        reporter=PlainReporter(sys.stdout),
    )
except KeyboardInterrupt:
    print("interrupted", flush=True)
    sys.exit(130)
"""

# Says its process number and its child's, then waits; the child does not mind being asked to stop.
STUBBORN = """
(trap '' TERM INT HUP; sleep 60 & echo $! >> "$1"; wait; sleep 60) &
echo $! >> "$1"
echo $$ >> "$1"
"""


def alive(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return Path("/proc").exists() is False and _alive_elsewhere(pid)
    return state != "Z"


def _alive_elsewhere(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def wait_for(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.02)


# Much longer than a busy machine makes a step wait, so that it is plain who did not wait for it.
LONG = 60.0


def start(tmp_path, made, grace_seconds=LONG):
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "file").write_text("x")
    (tmp_path / "workflow.json").write_text(json.dumps(made))
    return subprocess.Popen(
        [sys.executable, "-c", DRIVER, str(tmp_path), str(grace_seconds)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def numbers(path, count):
    wait_for(lambda: path.exists() and len(path.read_text().split()) >= count)
    return [int(word) for word in path.read_text().split()]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_all_steps_and_leaves_nothing(tmp_path, number):
    made = workflow(
        [task("a"), task("b"), task("c", template="a")],
        {
            name: container(shell(STUBBORN + "sleep 60", str(tmp_path / f"{name}.pids")))
            for name in ("a", "b")
        },
    )
    process = start(tmp_path, made)
    pids = numbers(tmp_path / "a.pids", 3) + numbers(tmp_path / "b.pids", 3)
    assert all(alive(pid) for pid in pids)
    process.send_signal(number)
    # The steps themselves end when asked; their children go with them.
    output, _ = process.communicate(timeout=LONG / 2)
    assert process.returncode == 130
    assert output.endswith("interrupted\n")
    assert "Running    c" not in output
    wait_for(lambda: not any(alive(pid) for pid in pids), seconds=5)
    assert files_below(tmp_path / "run") == ["logs/a.log", "logs/b.log"]
    assert files_below(tmp_path / "project") == ["file"]


def test_a_second_signal_does_not_wait_for_steps_that_will_not_stop(tmp_path):
    script = "trap '' TERM INT; echo $$ >> \"$1\"; while :; do sleep 0.1; done"
    made = workflow([task("a")], {"a": container(shell(script, str(tmp_path / "pids")))})
    process = start(tmp_path, made)
    (pid,) = numbers(tmp_path / "pids", 1)
    process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    assert alive(pid)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=LONG / 2)
    assert output.endswith("interrupted\n")
    assert not alive(pid)


def test_steps_that_will_not_stop_are_ended_after_a_while(tmp_path):
    script = "trap '' TERM INT; echo $$ >> \"$1\"; while :; do sleep 0.1; done"
    made = workflow([task("a")], {"a": container(shell(script, str(tmp_path / "pids")))})
    process = start(tmp_path, made, grace_seconds=1.5)
    (pid,) = numbers(tmp_path / "pids", 1)
    begin = time.monotonic()
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=LONG / 2)
    assert time.monotonic() - begin >= 1.5
    assert not alive(pid)
    assert GRACE_SECONDS == 5


def test_a_signal_while_nothing_but_a_retry_is_waited_for(tmp_path):
    strategy = {"limit": 1, "backoff": {"duration": "1h"}}
    made = workflow([task("a")], {"a": container(["false"], retryStrategy=strategy)})
    made["spec"].update(onExit="b")
    made["spec"]["templates"].append({"name": "b", **container(["true"])})
    process = start(tmp_path, made)
    while "Retrying" not in process.stdout.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=20)
    assert output == "interrupted\n", "the exit handler ran"


def test_the_handlers_of_before_are_back_afterwards(tmp_path):
    (tmp_path / "project").mkdir()
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with open(tmp_path / "out", "w") as stream:
        run_workflow(
            workflow([task("a")], {"a": container(["true"])}),
            project_path=tmp_path / "project",
            run_folder=tmp_path / "run",
            environ=os.environ,
            reporter=PlainReporter(stream),
        )
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


def test_a_reporter_that_breaks_leaves_no_step_running(tmp_path):
    class Broken(PlainReporter):
        def step_finished(self, result, log_tail):
            raise BrokenPipeError("nobody reads")

    (tmp_path / "project").mkdir()
    pids = tmp_path / "pids"
    long = container(shell('echo $$ > "$1"; sleep 60', str(pids)))
    short = container(shell('while ! test -s "$1"; do sleep 0.05; done', str(pids)))
    with open(tmp_path / "out", "w") as stream, pytest.raises(BrokenPipeError):
        run_workflow(
            workflow([task("long"), task("short")], {"long": long, "short": short}),
            project_path=tmp_path / "project",
            run_folder=tmp_path / "run",
            workers=2,
            environ=os.environ,
            reporter=Broken(stream),
        )
    assert not alive(int(pids.read_text()))
    assert not (tmp_path / "run" / "pods").exists()
