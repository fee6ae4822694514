"""What people see of a run: plain lines, and a table on a terminal."""

from __future__ import annotations

import datetime
import io
import os
import pty
import re
import time

import pytest
from local_workflows import container, python, shell, task, workflow
from rich.console import Console

from kedro_kubeflow.local import PlainReporter, StepInfo, StepResult, choose_reporter, run_workflow
from kedro_kubeflow.local.live import LiveReporter
from kedro_kubeflow.local.reporting import duration_text, retry_text

TRUE = container(["true"])
NOISY = container(
    python(
        "for i in range(30): print('line', i)\nprint('[bold]not markup[/bold]')\nraise SystemExit(2)"
    )
)


def run_with(reporter, project, run_folder, made):
    return run_workflow(
        made,
        project_path=project,
        run_folder=run_folder,
        workers=1,
        environ={"PATH": os.environ["PATH"]},
        reporter=reporter,
    )


def without_times(text):
    text = re.sub(r"\d+(\.\d+)? s\b", "T", text)
    return re.sub(r"my-project-[a-z0-9]{5}", "WORKFLOW", text)


def test_plain_lines(project, run_folder, tmp_path):
    script = 'echo >> "$1"; test $(wc -l < "$1") -ge 2'
    flaky = container(
        shell(script, str(tmp_path / "calls")),
        retryStrategy={"limit": "4", "backoff": {"duration": "150ms"}},
    )
    stream = io.StringIO()
    made = workflow(
        [
            task("good", template="t"),
            task("flaky", "good"),
            task("noisy", "flaky"),
            task("last", "noisy", template="t"),
        ],
        {"t": TRUE, "flaky": flaky, "noisy": NOISY, "notify": TRUE},
        onExit="notify",
    )
    result = run_with(PlainReporter(stream), project, run_folder, made)
    assert result.phase == "Failed"
    log = run_folder / "logs" / "noisy.log"
    assert without_times(stream.getvalue()).splitlines() == [
        "Running    workflow WORKFLOW, 5 steps",
        "Running    good",
        "Succeeded  good (T)",
        "Running    flaky",
        "Retrying   flaky: Error (exit code 1); retry 1 of 4 in T",
        "Running    flaky (attempt 2)",
        "Succeeded  flaky (T)",
        "Running    noisy",
        "Failed     noisy (T): Error (exit code 2)",
        *[f"    | line {i}" for i in range(11, 30)],
        "    | [bold]not markup[/bold]",
        f"    log: {log}",
        "Omitted    last",
        "Running    notify",
        "Succeeded  notify (T)",
        "Failed     workflow WORKFLOW (T), steps: 3 succeeded, 1 failed, 1 omitted",
    ]
    assert "in 0.15 s" in stream.getvalue()


def test_the_last_lines_are_those_of_the_last_attempt(project, run_folder):
    stream = io.StringIO()
    made = workflow(
        [task("a")],
        {"a": container(shell("echo one {{retries}}; exit 1"), retryStrategy={"limit": 1})},
    )
    run_with(PlainReporter(stream), project, run_folder, made)
    assert [line for line in stream.getvalue().splitlines() if "|" in line] == ["    | one 1"]


def test_the_last_lines_of_a_long_log_with_odd_bytes(project, run_folder):
    code = (
        "import sys\nout = sys.stdout.buffer\n"
        "for i in range(20000): out.write(b'a line of some length %d \\xff\\n' % i)\n"
        "out.flush()\nsys.exit(1)"
    )
    stream = io.StringIO()
    run_with(
        PlainReporter(stream),
        project,
        run_folder,
        workflow([task("a")], {"a": container(python(code))}),
    )
    lines = [line for line in stream.getvalue().splitlines() if line.startswith("    |")]
    assert lines == [f"    | a line of some length {i} \ufffd" for i in range(19980, 20000)]


def test_a_step_that_says_nothing(project, run_folder):
    stream = io.StringIO()
    run_with(
        PlainReporter(stream),
        project,
        run_folder,
        workflow([task("a")], {"a": container(["false"])}),
    )
    assert "|" not in stream.getvalue()
    assert f"    log: {run_folder}/logs/a.log" in stream.getvalue()


def test_lines_for_streams_that_know_few_characters():
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    PlainReporter(stream).step_started(StepInfo("é", "é"), 1)
    assert raw.getvalue() == b"Running    ?\n"


def terminal(height=40, width=100):
    stream = io.StringIO()
    return Console(
        file=stream, force_terminal=True, width=width, height=height, color_system="truecolor"
    )


def screen(console):
    """What is printed, without colours; lines that are drawn over are still there."""
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", console.file.getvalue())


def final_table(console):
    return screen(console).rpartition("State")[2]


def test_the_table_on_a_terminal(project, run_folder):
    console = terminal()
    slow = container(["sleep", "0.7"])
    slow["metadata"] = {
        "annotations": {"pipelines.kubeflow.org/task_display_name": "Train [model]"}
    }
    made = workflow(
        [task("slow"), task("noisy", "slow"), task("last", "noisy", template="t")],
        {"slow": slow, "noisy": NOISY, "t": TRUE},
    )
    result = run_with(LiveReporter(console.file, console), project, run_folder, made)
    assert not result.succeeded
    drawn = screen(console)
    # While it ran.
    assert re.search(r"Running +slow \(Train \[model\]\) +0\.\d+ s", drawn)
    assert re.search(r"Waiting +noisy", drawn)
    # What stays: the failure, the table, the sum.
    assert "Failed noisy: Error (exit code 2)" in drawn
    assert "    | line 29\n    | [bold]not markup[/bold]\n" in drawn
    assert f"log: {run_folder}/logs/noisy.log" in drawn.replace("\n", "")
    end = final_table(console)
    assert re.search(r"Succeeded +slow \(Train \[model\]\) +0\.\d+ s", end)
    assert re.search(r"Failed +noisy +0\.\d+ s +Error \(exit code 2\)", end)
    assert re.search(r"Omitted +last *\n", end)
    assert "steps: 1 succeeded, 1 failed, 1 omitted" in end
    # The cursor is there again.
    assert console.file.getvalue().count("\x1b[?25l") == console.file.getvalue().count("\x1b[?25h")


def info(name):
    return StepInfo(name, name)


def result_of(name, phase):
    moment = datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc)
    return StepResult(name, name, phase, 1, moment, moment, "", None)


def test_a_table_higher_than_the_terminal_shows_what_matters():
    console = terminal(height=16)
    reporter = LiveReporter(console.file, console)
    steps = [info(f"step-{i}") for i in range(1000)]
    reporter.workflow_started("wf", steps)
    try:
        for step in steps[:500]:
            reporter.step_started(step, 1)
            if step.name != "step-499":
                phase = "Failed" if step.name == "step-7" else "Succeeded"
                reporter.step_finished(result_of(step.name, phase), ())
        reporter.step_retrying(steps[3], 1, None, 60, "Error (exit code 1)")
        console.file.truncate(0)
        time.sleep(0.6)
    finally:
        reporter.close()
    drawn = screen(console)
    assert re.search(r"Running +step-499", drawn)
    assert re.search(r"Failed +step-7", drawn)
    assert re.search(r"Retrying +step-3 .*retry 1 in 60 s", drawn)
    assert "and 497 succeeded, 500 waiting" in drawn
    assert "step-800" not in drawn


def test_a_reporter_closed_before_the_end_gives_the_terminal_back():
    console = terminal()
    reporter = LiveReporter(console.file, console)
    reporter.close()
    reporter.workflow_started("wf", [info("a")])
    reporter.close()
    reporter.close()
    assert console.file.getvalue().count("\x1b[?25h") == 1


def test_a_reporter_for_each_stream():
    assert isinstance(choose_reporter(io.StringIO(), {"TERM": "xterm"}), PlainReporter)
    main, other = pty.openpty()
    try:
        with open(other, "w", closefd=False) as stream:
            assert isinstance(choose_reporter(stream, {"TERM": "xterm-256color"}), LiveReporter)
            for environ in ({}, {"TERM": "dumb"}, {"TERM": "xterm", "CI": "true"}):
                assert isinstance(choose_reporter(stream, environ), PlainReporter)
    finally:
        os.close(main)
        os.close(other)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (0.04, "0.04 s"),
        (0.5, "0.5 s"),
        (2.04, "2 s"),
        (2.54, "2.5 s"),
        (20, "20 s"),
        (60, "60 s"),
        (99.4, "99 s"),
        (125, "2 min 5 s"),
        (300, "5 min"),
        (3600, "1 h"),
        (3780, "1 h 3 min"),
    ],
)
def test_durations_for_people(seconds, text):
    assert duration_text(seconds) == text


def test_retry_notices():
    assert retry_text(1, 4, 60) == "retry 1 of 4 in 60 s"
    assert retry_text(2, None, 3600) == "retry 2 in 1 h"


def test_a_result_knows_how_long_it_took():
    assert result_of("a", "Succeeded").seconds == 0
    omitted = StepResult("a", "a", "Omitted", 0, None, None, "", None)
    assert omitted.seconds is None
