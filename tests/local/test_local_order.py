"""What starts when: dependencies, the order declared, workers, failures, large graphs."""

from __future__ import annotations

import random
import shutil
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from local_workflows import container, phases, printed, python, shell, step_of, task, workflow

from kedro_kubeflow.local.ready_steps import ReadySteps
from kedro_kubeflow.local.step_graph import name_steps, unfold
from kedro_kubeflow.local.workflow_model import read_workflow

TRUE = container(["true"])
FALSE = container(["false"])


def test_a_step_starts_after_all_it_depends_on(run, reporter):
    tasks = [
        task("d", "b", "c", template="t"),
        task("c", "a", template="t"),
        task("b", "a", template="t"),
        task("a", template="t"),
    ]
    result = run(workflow(tasks, {"t": TRUE}))
    assert result.succeeded
    # In the result, the order is that of the workflow.
    assert [step.name for step in result.steps] == ["d", "c", "b", "a"]
    started = reporter.started()
    assert started[0] == "a"
    assert started[3] == "d"
    times = {step.name: step for step in result.steps}
    assert times["d"].started >= max(times["b"].finished, times["c"].finished)
    assert result.started <= times["a"].started <= times["a"].finished <= result.finished


def test_steps_that_are_ready_start_in_the_order_declared(run, reporter):
    names = [f"t{i}" for i in (3, 1, 2, 0, 9, 5)]
    assert run(workflow([task(n, template="t") for n in names], {"t": TRUE}), workers=1).succeeded
    assert reporter.started() == names


def test_two_steps_run_at_the_same_time(run, project):
    # Each waits for the other, which one after the other could not.
    meet = python(
        "import pathlib,sys,time\n"
        "mine, other = map(pathlib.Path, sys.argv[1:])\n"
        "mine.touch()\n"
        "end = time.time() + 20\n"
        "while not other.exists():\n"
        "    assert time.time() < end, 'alone'\n"
        "    time.sleep(0.01)\n",
        "{{inputs.parameters.mine}}",
        "{{inputs.parameters.other}}",
    )
    a, b = str(project.parent / "a"), str(project.parent / "b")
    template = container(meet, inputs={"parameters": [{"name": "mine"}, {"name": "other"}]})
    tasks = [task("x", template="t", mine=a, other=b), task("y", template="t", mine=b, other=a)]
    assert run(workflow(tasks, {"t": template})).succeeded


@pytest.mark.parametrize(
    ("workers", "spec", "expected"),
    [(3, {}, 3), (1, {}, 1), (3, {"parallelism": 2}, 2), (2, {"parallelism": 5}, 2)],
)
def test_no_more_at_once_than_allowed(run, reporter, workers, spec, expected):
    tasks = [task(f"t{i}", template="t") for i in range(6)]
    result = run(workflow(tasks, {"t": container(["sleep", "0.1"])}, **spec), workers=workers)
    assert result.succeeded
    assert reporter.most_at_once() == expected


def test_the_limit_of_a_dag_is_kept(run, reporter):
    made = workflow([task(f"t{i}", template="t") for i in range(4)], {"t": TRUE})
    made["spec"]["templates"][0]["parallelism"] = 1
    assert run(made, workers=4).succeeded
    assert reporter.most_at_once() == 1


def test_after_a_failure_nothing_more_starts_and_what_runs_goes_on(run, reporter):
    tasks = [
        task("bad"),
        task("slow"),
        task("independent", template="t"),
        task("after-bad", "bad", template="t"),
        task("after-slow", "slow", template="t"),
    ]
    slow = container(shell("sleep 0.5; echo done"))
    result = run(workflow(tasks, {"bad": FALSE, "slow": slow, "t": TRUE}))
    assert result.phase == "Failed"
    assert phases(result) == {
        "bad": "Failed",
        "slow": "Succeeded",
        "independent": "Omitted",
        "after-bad": "Omitted",
        "after-slow": "Omitted",
    }
    assert printed(result, "slow") == "done\n"
    assert step_of(result, "bad").message == "Error (exit code 1)"
    omitted = step_of(result, "after-bad")
    assert (omitted.attempts, omitted.started, omitted.log_path) == (0, None, None)


def test_without_fail_fast_other_branches_go_on(run):
    tasks = [
        task("bad"),
        task("after-bad", "bad", template="t"),
        task("last", "after-bad", "c", template="t"),
        task("a", template="t"),
        task("b", "a", template="t"),
        task("c", "b", template="t"),
    ]
    made = workflow(tasks, {"bad": FALSE, "t": TRUE})
    made["spec"]["templates"][0]["dag"]["failFast"] = False
    result = run(made, workers=1)
    assert result.phase == "Failed"
    assert [name for name, phase in phases(result).items() if phase == "Omitted"] == [
        "after-bad",
        "last",
    ]
    assert phases(result)["c"] == "Succeeded"


def test_nested_dags_pass_parameters_in_and_out(run):
    made = workflow(
        [
            task("outer", template="group", word="{{workflow.parameters.word}}"),
            task("end", "outer"),
        ],
        {
            "group": {
                "inputs": {"parameters": [{"name": "word"}]},
                "dag": {
                    "tasks": [
                        task("make", word="<{{inputs.parameters.word}}>"),
                        task("inner", "make", template="nested"),
                    ]
                },
                "outputs": {
                    "parameters": [
                        {
                            "name": "said",
                            "valueFrom": {"parameter": "{{tasks.make.outputs.parameters.said}}"},
                        }
                    ]
                },
            },
            "nested": {"dag": {"tasks": [task("leaf", template="t")]}},
            "make": container(
                shell('printf %s "$1" > said', "{{inputs.parameters.word}}"),
                inputs={"parameters": [{"name": "word"}]},
                outputs={"parameters": [{"name": "said", "valueFrom": {"path": "said"}}]},
            ),
            "t": TRUE,
            "end": container(["echo", "{{inputs.parameters.heard}}"]),
        },
        {"word": "hello {{tasks.x}}"},
    )
    made["spec"]["templates"][-1]["inputs"] = {"parameters": [{"name": "heard"}]}
    made["spec"]["templates"][0]["dag"]["tasks"][1]["arguments"] = {
        "parameters": [{"name": "heard", "value": "{{tasks.outer.outputs.parameters.said}}"}]
    }
    result = run(made)
    assert result.succeeded
    assert [step.name for step in result.steps] == ["make", "leaf", "end"]
    assert printed(result, "end") == "<hello {{tasks.x}}>\n"


def test_a_failed_group_fails_the_workflow_and_omits_what_follows(run):
    made = workflow(
        [task("group"), task("after", "group", template="t")],
        {
            "group": {"dag": {"tasks": [task("bad"), task("next", "bad", template="sub")]}},
            "sub": {"dag": {"tasks": [task("leaf", template="t")]}},
            "bad": FALSE,
            "t": TRUE,
        },
    )
    result = run(made)
    assert result.phase == "Failed"
    assert phases(result) == {"bad": "Failed", "leaf": "Omitted", "after": "Omitted"}


def test_steps_of_one_name_in_two_dags_are_told_apart(run):
    made = workflow(
        [task("one", template="group"), task("two", template="group"), task("Other", template="t")],
        {"group": {"dag": {"tasks": [task("t"), task("other", template="t")]}}, "t": TRUE},
    )
    result = run(made)
    assert [step.name for step in result.steps] == [
        "one.t",
        "one.other",
        "two.t",
        "two.other",
        "Other",
    ]
    assert len({str(step.log_path).lower() for step in result.steps}) == 5


def test_an_entrypoint_may_be_a_single_step(run):
    made = workflow([], {"only": container(["echo", "{{inputs.parameters.word}}"])}, {"word": "w"})
    made["spec"]["templates"][1]["inputs"] = {"parameters": [{"name": "word"}]}
    made["spec"]["entrypoint"] = "only"
    result = run(made)
    assert phases(result) == {"only": "Succeeded"}
    assert printed(result, "only") == "w\n"


def test_empty_groups_succeed(run):
    tasks = [task("a", template="empty"), task("b", "a", template="empty"), task("c", "b")]
    result = run(workflow(tasks, {"empty": {"dag": {"tasks": []}}, "c": TRUE}))
    assert phases(result) == {"c": "Succeeded"}


def test_a_thousand_steps(run, project):
    for folder in ("conf", "data"):
        shutil.rmtree(project / folder)
    tasks = [task(f"t{i}", *([f"t{i - 10}"] if i >= 10 else []), template="t") for i in range(1000)]
    result = run(workflow(tasks, {"t": TRUE}))
    assert result.succeeded
    assert len(result.steps) == 1000


def steps_of(made):
    checked = read_workflow(made, {})
    return unfold(checked, "my-project", "wf", {})


def test_a_chain_of_ten_thousand_takes_linear_time_and_no_recursion():
    count = 10_000
    tasks = [task(f"t{i}", *([f"t{i - 1}"] if i else []), template="t") for i in range(count)]
    random.Random(1).shuffle(tasks)
    start = time.perf_counter()
    nodes = steps_of(workflow(tasks, {"t": TRUE}))
    assert len(name_steps([nodes])[0]) == count
    schedule = ReadySteps(nodes, {}.get)
    done = 0
    while schedule.phase is None:
        (index,) = schedule.take_ready()
        assert schedule.start(index) is not None
        schedule.finish(index, "Succeeded", {})
        done += 1
    assert done == count
    assert time.perf_counter() - start < 10


def test_a_failure_before_ten_thousand_omits_them_all_at_once():
    tasks = [task("t0")] + [task(f"t{i}", f"t{i - 1}", template="t0") for i in range(1, 10_000)]
    for fail_fast in (True, False):
        made = workflow(tasks, {"t0": TRUE})
        made["spec"]["templates"][0]["dag"]["failFast"] = fail_fast
        schedule = ReadySteps(steps_of(made), {}.get)
        (index,) = schedule.take_ready()
        schedule.start(index)
        schedule.finish(index, "Error", {})
        assert schedule.phase == "Error"
        assert len(schedule.take_omitted()) == 9_999


def test_groups_nested_a_thousand_deep():
    templates = {f"g{i}": {"dag": {"tasks": [task("x", template=f"g{i + 1}")]}} for i in range(999)}
    nodes = steps_of(workflow([task("x", template="g0")], {**templates, "g999": TRUE}))
    schedule = ReadySteps(nodes, {}.get)
    (index,) = schedule.take_ready()
    schedule.start(index)
    schedule.finish(index, "Succeeded", {})
    assert schedule.phase == "Succeeded"


@st.composite
def graphs(draw):
    """For each task, the earlier ones it depends on; and which tasks fail."""
    size = draw(st.integers(1, 12))
    edges = [
        draw(st.sets(st.integers(0, index - 1), max_size=3)) if index else set()
        for index in range(size)
    ]
    return edges, draw(st.sets(st.integers(0, size - 1), max_size=2))


@settings(max_examples=150, deadline=None)
@given(graphs(), st.booleans(), st.integers(1, 4), st.randoms(use_true_random=False))
def test_any_graph_is_run_to_its_end(graph, fail_fast, workers, chance):
    edges, bad = graph
    tasks = [
        task(f"t{i}", *(f"t{d}" for d in sorted(before)), template="t")
        for i, before in enumerate(edges)
    ]
    made = workflow(tasks, {"t": TRUE})
    made["spec"]["templates"][0]["dag"]["failFast"] = fail_fast
    schedule = ReadySteps(steps_of(made), {}.get)
    ready, running, done, omitted = set(), set(), {}, set()
    failed = False
    while schedule.phase is None:
        ready |= set(schedule.take_ready())
        for index in sorted(ready)[: workers - len(running)]:
            ready.remove(index)
            if schedule.start(index) is not None:
                assert not (fail_fast and failed), "started after a failure"
                assert all(done.get(before + 1) == "Succeeded" for before in edges[index - 1])
                running.add(index)
        if not running:
            continue
        index = chance.choice(sorted(running))
        running.remove(index)
        done[index] = "Failed" if index - 1 in bad else "Succeeded"
        failed = failed or done[index] == "Failed"
        schedule.finish(index, done[index], {})
        omitted |= set(schedule.take_omitted())
    assert not running
    # Every task ended in exactly one way.
    assert set(done).isdisjoint(omitted)
    assert set(done) | omitted == {index + 1 for index in range(len(edges))}
    assert schedule.phase == ("Failed" if failed else "Succeeded")
    if not fail_fast:
        blocked = set()
        for index, before in enumerate(edges):
            if before & (blocked | {i for i in bad if i + 1 in done}):
                blocked.add(index)
        assert {index - 1 for index in omitted} == blocked
