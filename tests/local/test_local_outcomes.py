"""Retries, outputs, deadlines, and the exit handler."""

from __future__ import annotations

import datetime
import json
import os

import pytest
from local_workflows import (
    container,
    files_below,
    phases,
    printed,
    python,
    shell,
    step_of,
    task,
    workflow,
)

TRUE = container(["true"])
FALSE = container(["false"])

# Counts its calls in a file outside the project, and succeeds at the one its second argument says.
COUNT = 'echo >> "$1"; calls=$(wc -l < "$1"); echo "call $calls"; test $calls -ge $2'


def test_a_step_is_retried_with_growing_waits(run, reporter, tmp_path):
    strategy = {
        "limit": "4",
        "retryPolicy": "Always",
        "backoff": {"duration": "100ms", "factor": "2", "maxDuration": "1m"},
    }
    script = container(shell(COUNT, str(tmp_path / "calls"), "3"), retryStrategy=strategy)
    result = run(workflow([task("a"), task("b", "a")], {"a": script, "b": TRUE}))
    assert result.succeeded
    step = step_of(result, "a")
    assert (step.phase, step.attempts, step.message) == ("Succeeded", 3, "")
    assert step.seconds >= 0.3
    assert [call for call in reporter.calls if call[0] == "retrying"] == [
        ("retrying", "a", 1, 4, 0.1, "Error (exit code 1)"),
        ("retrying", "a", 2, 4, 0.2, "Error (exit code 1)"),
    ]
    log = step.log_path.read_text()
    for number in (1, 2, 3):
        assert f"=== a, attempt {number}, " in log
        assert f"\ncall {number}\n" in log


def test_when_no_retry_is_left_the_step_fails(run, reporter):
    script = container(shell("exit 7"), retryStrategy={"limit": 2, "retryPolicy": "Always"})
    result = run(workflow([task("a"), task("b", "a")], {"a": script, "b": TRUE}))
    assert phases(result) == {"a": "Failed", "b": "Omitted"}
    step = step_of(result, "a")
    assert (step.attempts, step.message) == (3, "Error (exit code 7)")
    assert reporter.started() == ["a", "a", "a"]


def test_waiting_for_a_retry_holds_no_worker(run, reporter, tmp_path):
    strategy = {"limit": 1, "backoff": {"duration": "500ms"}}
    flaky = container(shell(COUNT, str(tmp_path / "calls"), "2"), retryStrategy=strategy)
    tasks = [task("flaky"), task("b", template="t"), task("c", template="t")]
    result = run(workflow(tasks, {"flaky": flaky, "t": TRUE}), workers=1)
    assert result.succeeded
    assert reporter.started() == ["flaky", "b", "c", "flaky"]


def test_a_step_that_waits_for_its_retry_goes_on_after_another_failed(run, tmp_path):
    strategy = {"limit": 1, "backoff": {"duration": "300ms"}}
    flaky = container(shell(COUNT, str(tmp_path / "calls"), "2"), retryStrategy=strategy)
    tasks = [task("flaky"), task("bad"), task("after", "flaky", template="t")]
    result = run(workflow(tasks, {"flaky": flaky, "bad": FALSE, "t": TRUE}))
    assert phases(result) == {"flaky": "Succeeded", "bad": "Failed", "after": "Omitted"}


@pytest.mark.parametrize(("policy", "attempts"), [("OnError", 1), ("OnFailure", 2)])
def test_a_policy_says_what_is_retried(run, policy, attempts):
    bad = container(["false"], retryStrategy={"limit": 1, "retryPolicy": policy})
    assert step_of(run(workflow([task("a")], {"a": bad})), "a").attempts == attempts


def test_limits_may_come_from_parameters(run):
    template = container(
        shell("echo attempt {{retries}}; exit 1"),
        inputs={"parameters": [{"name": "n"}]},
        retryStrategy={"limit": "{{inputs.parameters.n}}"},
    )
    made = workflow(
        [task("a", template="t", n="2"), task("b", template="t", n="x")], {"t": template}
    )
    made["spec"]["templates"][0]["dag"]["failFast"] = False
    result = run(made)
    assert step_of(result, "a").attempts == 3
    assert "attempt 2\n" in step_of(result, "a").log_path.read_text()
    assert phases(result)["b"] == "Error"
    assert "retryStrategy.limit: 'x' is not a number" in step_of(result, "b").message


def output(name, path, **more):
    return {"name": name, "valueFrom": {"path": path, **more}}


def test_output_parameters_reach_later_steps(run, tmp_path):
    make = container(
        shell(
            "printf 'one\\n\\n' > .run_id; mkdir d; printf 'two \"$HOME\"' > d/x;"
            f" printf 'three\\r\\n' > '{tmp_path}/abs'"
        ),
        outputs={
            "parameters": [
                output("a", "/home/kedro/.run_id"),
                output("b", "d/x"),
                output("c", f"{tmp_path}/abs"),
                output("d", "/home/kedro/nothing", default="four"),
            ]
        },
    )
    show = container(
        python(
            "import json,sys; print(json.dumps(sys.argv[1:]))",
            *(f"{{{{inputs.parameters.{n}}}}}" for n in "abcd"),
        ),
        inputs={"parameters": [{"name": n} for n in "abcd"]},
    )
    values = {n: f"{{{{tasks.make.outputs.parameters.{n}}}}}" for n in "abcd"}
    result = run(
        workflow([task("make"), task("show", "make", **values)], {"make": make, "show": show})
    )
    assert result.succeeded
    # One line end is taken off, as Argo's executor does, and no more.
    assert json.loads(printed(result, "show")) == ["one\n", 'two "$HOME"', "three\r", "four"]


def test_artifacts_are_collected(run, project):
    script = (
        "mkdir -p data/06_models/m.pickle/2024; echo m > data/06_models/m.pickle/2024/m.pickle;"
        "echo t > data/table.csv"
    )
    made = container(
        shell(script),
        outputs={
            "artifacts": [
                {"name": "model", "path": "/home/kedro/data/06_models/m.pickle", "optional": True},
                {"name": "table", "path": "/home/kedro/data/table.csv"},
                {"name": "nothing", "path": "/home/kedro/data/nothing", "optional": True},
            ]
        },
        container={"volumeMounts": [{"name": "v", "mountPath": "/home/kedro/data"}]},
    )
    volumes = [{"name": "v", "persistentVolumeClaim": {"claimName": "c"}}]
    result = run(workflow([task("a")], {"a": made}, volumes=volumes))
    assert result.succeeded
    assert files_below(result.artifacts_folder) == [
        "a/model/m.pickle/2024/m.pickle",
        "a/table/table.csv",
    ]


def test_a_failed_steps_artifacts_are_collected_too(run):
    made = container(
        shell("echo r > report; exit 1"),
        outputs={
            "artifacts": [{"name": "r", "path": "report"}, {"name": "x", "path": "x"}],
            "parameters": [output("p", "p")],
        },
    )
    result = run(workflow([task("a")], {"a": made}))
    assert step_of(result, "a").message == "Error (exit code 1)"
    assert files_below(result.artifacts_folder) == ["a/r/report"]


@pytest.mark.parametrize(
    ("outputs", "message"),
    [
        (
            {"parameters": [output("p", "/home/kedro/gone")]},
            "output parameter 'p': /home/kedro/gone: no such file or directory",
        ),
        (
            {"artifacts": [{"name": "m", "path": "/home/kedro/gone"}, {"name": "f", "path": "f"}]},
            "artifact 'm': /home/kedro/gone: no such file or directory",
        ),
    ],
)
def test_a_missing_output_is_an_error_of_its_step(run, outputs, message):
    made = container(shell("echo > f; echo said"), outputs=outputs)
    result = run(workflow([task("a")], {"a": made}))
    assert result.phase == "Error"
    assert step_of(result, "a").phase == "Error"
    assert step_of(result, "a").message == f"Error (exit code 1): {message}"


def test_a_missing_output_can_be_retried(run, tmp_path):
    calls = tmp_path / "calls"
    script = 'echo >> "$1"; test $(wc -l < "$1") -lt 2 || echo yes > out'
    made = container(
        shell(script, str(calls)),
        outputs={"parameters": [output("p", "out")]},
        retryStrategy={"limit": 1, "retryPolicy": "OnError"},
    )
    result = run(workflow([task("a")], {"a": made}))
    assert (step_of(result, "a").phase, step_of(result, "a").attempts) == ("Succeeded", 2)


HANDLER = container(
    python(
        "import json,sys\njson.dump(sys.argv[1:], open('out','w'))",
        "{{workflow.status}}",
        "{{workflow.failures}}",
        "{{workflow.parameters}}",
        "{{workflow.name}}",
    ),
    outputs={"artifacts": [{"name": "out", "path": "/home/kedro/out"}]},
)


def handled(result):
    return json.loads((result.artifacts_folder / "notify/out/out").read_text())


def test_the_exit_handler_runs_after_success(run, reporter):
    made = workflow([task("a")], {"a": TRUE, "notify": HANDLER}, {"p": "v"}, onExit="notify")
    result = run(made)
    assert result.succeeded
    assert phases(result) == {"a": "Succeeded", "notify": "Succeeded"}
    assert handled(result) == ["Succeeded", '"null"', '[{"name":"p","value":"v"}]', result.name]
    assert reporter.started() == ["a", "notify"]


def test_the_exit_handler_runs_after_a_failure_and_hears_of_it(run):
    flaky = container(shell("exit 3"), retryStrategy={"limit": 1})
    made = workflow(
        [task("group"), task("later", "group", template="t")],
        {
            "group": {"dag": {"tasks": [task("flaky")]}},
            "flaky": flaky,
            "t": TRUE,
            "notify": HANDLER,
        },
        onExit="notify",
    )
    result = run(made)
    assert result.phase == "Failed"
    assert phases(result) == {"flaky": "Failed", "later": "Omitted", "notify": "Succeeded"}
    status, text, _, name = handled(result)
    assert status == "Failed"
    # A string literal of Go, whose escapes are JSON's where the text has no odd characters.
    failures = json.loads(json.loads(text))
    assert [(f["displayName"], f["templateName"], f["phase"], f["message"]) for f in failures] == [
        ("flaky(0)", "flaky", "Failed", "Error (exit code 3)"),
        ("flaky(1)", "flaky", "Failed", "Error (exit code 3)"),
        ("flaky", "flaky", "Failed", "No more retries left"),
        ("group", "group", "Failed", ""),
        (name, "my-project", "Failed", ""),
    ]
    assert failures[-1]["podName"] == name
    assert all(f["podName"].startswith(name) for f in failures)
    assert len({f["podName"] for f in failures}) == 5
    for failure in failures:
        datetime.datetime.strptime(failure["finishedAt"], "%Y-%m-%dT%H:%M:%SZ")


def test_a_failed_exit_handler_fails_the_workflow(run):
    made = workflow([task("a")], {"a": TRUE, "notify": FALSE}, onExit="notify")
    result = run(made)
    assert result.phase == "Failed"
    assert phases(result) == {"a": "Succeeded", "notify": "Failed"}


def test_a_failed_workflow_stays_failed_after_its_exit_handler(run):
    made = workflow([task("a")], {"a": FALSE, "notify": TRUE}, onExit="notify")
    assert run(made).phase == "Failed"


def test_an_exit_handler_may_be_a_dag_and_take_parameters(run):
    made = workflow(
        [task("a")],
        {
            "a": TRUE,
            "last": {
                "inputs": {"parameters": [{"name": "word"}]},
                "dag": {
                    "tasks": [task("say", word="{{inputs.parameters.word}} {{workflow.status}}")]
                },
            },
            "say": container(
                ["echo", "{{inputs.parameters.word}}"], inputs={"parameters": [{"name": "word"}]}
            ),
        },
        {"word": "now"},
        onExit="last",
    )
    result = run(made)
    assert phases(result) == {"a": "Succeeded", "say": "Succeeded"}
    assert printed(result, "say") == "now Succeeded\n"


def test_what_an_exit_handler_hears_is_written_as_go_writes_it():
    from kedro_kubeflow.local.failed_nodes import FailedNode, failures_text, pod_name

    moment = datetime.datetime(2024, 5, 6, 7, 8, 9, 999, tzinfo=datetime.timezone.utc)
    node = FailedNode("a", "wf.a", "t", "Failed", 'say "é" <b> \\ \n \u00a0 \x7f 🙂', moment)
    assert failures_text("wf", []) == '"null"'
    assert failures_text("wf", [node]) == (
        r'"[{\"displayName\":\"a\",\"message\":\"say \\\"é\\\" \\u003cb\\u003e \\\\ \\n \u00a0 \x7f'
        r" 🙂\",\"templateName\":\"t\",\"phase\":\"Failed\",\"podName\":\""
        + pod_name("wf", "wf.a")
        + r'\",\"finishedAt\":\"2024-05-06T07:08:09Z\"}]"'
    )
    # Known values of the hash: the empty text, and one letter behind it.
    assert pod_name("w", "") == "w-2166136261"
    assert pod_name("w", "a") == "w-3826002220"
    assert pod_name("w", "w") == "w"


def test_a_step_is_stopped_at_its_deadline(run, tmp_path):
    # The child ignores the first signal and would outlive its parent.
    script = "(trap '' TERM; sleep 2; echo late > \"$1\") & echo begun; sleep 20"
    slow = container(shell(script, str(tmp_path / "late")), activeDeadlineSeconds="1")
    result = run(workflow([task("a"), task("b", "a", template="t")], {"a": slow, "t": TRUE}))
    step = step_of(result, "a")
    assert phases(result) == {"a": "Failed", "b": "Omitted"}
    assert step.message == "stopped at its deadline, 1 s after it started"
    assert 1 <= step.seconds < 10
    assert printed(result, "a") == "begun\n"
    assert not (tmp_path / "late").exists()


def test_a_step_that_ends_well_when_told_to_stop_is_late_all_the_same(run):
    slow = container(shell("trap 'exit 0' TERM; sleep 20 & wait"), timeout="300ms")
    result = run(workflow([task("a")], {"a": slow}))
    assert step_of(result, "a").message == "stopped at its deadline, 0.3 s after it started"


def test_a_step_that_does_not_stop_at_its_deadline_is_ended(run, monkeypatch):
    monkeypatch.setattr("kedro_kubeflow.local.graph_run.GRACE_SECONDS", 0.3)
    stubborn = container(shell("trap '' TERM; while :; do sleep 0.05; done"), timeout="200ms")
    step = step_of(run(workflow([task("a")], {"a": stubborn})), "a")
    assert step.message == "stopped at its deadline, 0.2 s after it started"
    assert step.seconds >= 0.5


def test_a_deadline_is_of_each_attempt(run, tmp_path):
    calls = str(tmp_path / "calls")
    script = 'echo >> "$1"; test $(wc -l < "$1") -ge 2 || sleep 20'
    slow = container(shell(script, calls), timeout="500ms", retryStrategy={"limit": 1})
    result = run(workflow([task("a")], {"a": slow}))
    assert (step_of(result, "a").phase, step_of(result, "a").attempts) == ("Succeeded", 2)


def test_a_workflow_is_stopped_at_its_deadline_and_the_exit_handler_runs(run):
    waiting = container(["false"], retryStrategy={"limit": 5, "backoff": {"duration": "1h"}})
    tasks = [
        task("slow"),
        task("waiting"),
        task("after", "slow", template="t"),
        task("never", "waiting", template="t"),
    ]
    templates = {
        "slow": container(["sleep", "20"], retryStrategy={"limit": 3}),
        "waiting": waiting,
        "t": TRUE,
        "notify": HANDLER,
    }
    made = workflow(tasks, templates, onExit="notify", activeDeadlineSeconds=1)
    result = run(made)
    assert result.phase == "Failed"
    assert result.message == "stopped at its deadline, 1 s after it started"
    assert phases(result) == {
        "slow": "Failed",
        "waiting": "Failed",
        "after": "Omitted",
        "never": "Omitted",
        "notify": "Succeeded",
    }
    assert step_of(result, "slow").attempts == 1
    assert handled(result)[0] == "Failed"


def test_at_its_deadline_a_workflow_starts_nothing_in_any_group(run, reporter):
    slow = container(["sleep", "20"])
    group = {"dag": {"failFast": False, "tasks": [task("one", template="slow"), task("two")]}}
    tasks = [task("first", template="group"), task("second", template="group")]
    templates = {"group": group, "slow": slow, "two": TRUE}
    made = workflow(tasks, templates, activeDeadlineSeconds="1")
    result = run(made, workers=1)
    assert phases(result) == {
        "first.one": "Failed",
        "first.two": "Omitted",
        "second.one": "Omitted",
        "second.two": "Omitted",
    }
    assert result.phase == "Failed"
    assert reporter.started() == ["first.one"]


def test_a_workflow_that_ends_before_its_deadline_is_untouched(run):
    assert run(workflow([task("a")], {"a": TRUE}, activeDeadlineSeconds=60)).succeeded


def test_what_a_step_leaves_running_ends_with_it(run, tmp_path):
    script = '(sleep 1; echo late > "$1") & echo parent done'
    leaving = container(shell(script, str(tmp_path / "late")))
    tasks = [task("a"), task("b", "a")]
    result = run(workflow(tasks, {"a": leaving, "b": container(["sleep", "1.3"])}))
    assert result.succeeded
    assert not (tmp_path / "late").exists()


def test_exit_codes_of_signals_are_those_of_containers(run):
    made = workflow([task("a")], {"a": container(shell("kill -9 $$"))})
    assert step_of(run(made), "a").message == "Error (exit code 137)"


def test_a_project_that_cannot_be_copied_is_an_error_of_the_step(run, project, monkeypatch):
    # Folders may be nested deeper than a path may be long; then no path leads to the last one.
    monkeypatch.chdir(project)
    for _ in range(21):
        os.mkdir("x" * 200)
        os.chdir("x" * 200)
    result = run(workflow([task("a")], {"a": TRUE}))
    assert step_of(result, "a").phase == "Error"
    assert "the step could not be set up: " in step_of(result, "a").message
