"""What cannot be run is refused before anything starts, with its place."""

from __future__ import annotations

import copy

import pytest
from local_workflows import claim, container, task, workflow

from kedro_kubeflow.errors import LocalRunError

TRUE = container(["true"])
GOOD = workflow(
    [task("a"), task("b", "a", template="t", x="1")],
    {
        "a": TRUE,
        "t": container(["echo", "{{inputs.parameters.x}}"], inputs={"parameters": [{"name": "x"}]}),
        "volume": claim("volume"),
    },
    {"alpha": "0.2", "beta": "b"},
)


def template(made, name):
    return next(item for item in made["spec"]["templates"] if item["name"] == name)


def tasks(made):
    return made["spec"]["templates"][0]["dag"]["tasks"]


CASES = {
    "no kind": (lambda w: w.pop("kind"), r"workflow: kind is None, expected 'Workflow'"),
    "another kind": (lambda w: w.update(kind="CronWorkflow"), r"kind is 'CronWorkflow'"),
    "no templates": (lambda w: w["spec"].pop("templates"), r"spec\.templates: there are none"),
    "templates are no list": (
        lambda w: w["spec"].update(templates={"a": 1}),
        r"spec\.templates: expected a list, found \{'a': 1\}",
    ),
    "a template is no mapping": (
        lambda w: w["spec"]["templates"].append("x"),
        r"spec\.templates\[4\]: expected a mapping, found 'x'",
    ),
    "no entrypoint": (
        lambda w: w["spec"].pop("entrypoint"),
        r"spec\.entrypoint: expected a string, it is missing",
    ),
    "unknown entrypoint": (
        lambda w: w["spec"].update(entrypoint="my-projekt"),
        r"spec\.entrypoint: there is no template 'my-projekt'; did you mean 'my-project'\?",
    ),
    "unknown exit handler": (
        lambda w: w["spec"].update(onExit="zzzzz"),
        r"spec\.onExit: there is no template 'zzzzz'; available: a, my-project, t, volume",
    ),
    "a script": (
        lambda w: template(w, "a").update(script={"source": "x"}, container=None),
        r"spec\.templates\[1\] \(a\): is of type script; run-local runs exactly one of",
    ),
    "steps": (
        lambda w: w["spec"]["templates"].append({"name": "s", "steps": [[]]}),
        r"spec\.templates\[4\] \(s\): is of type steps",
    ),
    "two types": (
        lambda w: template(w, "a").update(dag={"tasks": []}),
        r"\(a\): is of type container and dag",
    ),
    "no type": (lambda w: template(w, "a").pop("container"), r"\(a\): is of type unknown"),
    "one name twice": (
        lambda w: w["spec"]["templates"].append({"name": "a", **TRUE}),
        r"spec\.templates\[4\] \(a\): another template has the same name",
    ),
    "an illegal name": (
        lambda w: template(w, "a").update(name="../a"),
        r"spec\.templates\[1\]\.name: '\.\./a' is not a valid name",
    ),
    "no name": (lambda w: template(w, "a").pop("name"), r"spec\.templates\[1\]\.name: expected a"),
    "no command": (
        lambda w: template(w, "a")["container"].pop("command"),
        r"\(a\)\.container\.command: it is missing",
    ),
    "a number as argument": (
        lambda w: template(w, "a")["container"].update(args=["x", 1]),
        r"\(a\)\.container\.args\[1\]: expected a string, found 1",
    ),
    "a variable without name": (
        lambda w: template(w, "a")["container"].update(env=[{"value": "x"}]),
        r"\(a\)\.container\.env\.name: expected a string, it is missing",
    ),
    "a variable with an odd name": (
        lambda w: template(w, "a")["container"].update(env=[{"name": "A=B"}]),
        r"\(a\)\.container\.env: 'A=B' is not a valid name of a variable",
    ),
    "an unknown volume": (
        lambda w: template(w, "a")["container"].update(
            volumeMounts=[{"name": "x", "mountPath": "/home/kedro/x"}]
        ),
        r"\(a\)\.container\.volumeMounts: there is no volume 'x'; available: none",
    ),
    "an unknown template": (
        lambda w: tasks(w)[1].update(template="tt"),
        r"\(my-project\)\.dag\.tasks\[1\] \(b\)\.template: there is no template 'tt'",
    ),
    "an unknown dependency": (
        lambda w: tasks(w)[1].update(dependencies=["zzz"]),
        r"tasks\[1\] \(b\)\.dependencies: there is no task 'zzz' in this DAG; available: a, b",
    ),
    "one task twice": (
        lambda w: tasks(w).append(task("a")),
        r"tasks\[2\] \(a\): another task has the same name",
    ),
    "tasks in a circle": (
        lambda w: tasks(w)[0].update(dependencies=["b"]),
        r"\(my-project\)\.dag\.tasks: these depend on each other in a cycle: (a -> b -> a|b -> a -> b)",
    ),
    "a task that waits for itself": (
        lambda w: tasks(w)[0].update(dependencies=["a"]),
        r"these depend on each other in a cycle: a -> a",
    ),
    "templates in a circle": (
        lambda w: tasks(w).append(task("again", template="my-project")),
        r"spec\.templates: these contain each other in a cycle: my-project -> my-project",
    ),
    "a missing argument": (
        lambda w: tasks(w)[1].pop("arguments"),
        r"tasks\[1\] \(b\): template 't' needs the parameter 'x', which is not given",
    ),
    "a condition": (
        lambda w: tasks(w)[0].update(when="1 == 2"),
        r"tasks\[0\] \(a\)\.when: is not supported by run-local",
    ),
    "a loop": (
        lambda w: tasks(w)[0].update(withItems=[1]),
        r"tasks\[0\] \(a\)\.withItems: is not supported by run-local",
    ),
    "a sidecar": (
        lambda w: template(w, "a").update(sidecars=[{"name": "s"}]),
        r"\(a\)\.sidecars: is not supported by run-local",
    ),
    "an input artifact": (
        lambda w: template(w, "a").update(inputs={"artifacts": [{"name": "x"}]}),
        r"\(a\)\.inputs\.artifacts: is not supported by run-local",
    ),
    "an artifact that leads elsewhere": (
        lambda w: template(w, "a").update(outputs={"artifacts": [{"name": "..", "path": "x"}]}),
        r"\(a\)\.outputs\.artifacts: '\.\.' is not a valid name",
    ),
    "a retry strategy": (
        lambda w: template(w, "a").update(retryStrategy={"limit": "x"}),
        r"\(a\)\.retryStrategy\.limit: 'x' is not a number",
    ),
    "a deadline": (
        lambda w: template(w, "a").update(activeDeadlineSeconds="soon"),
        r"\(a\)\.activeDeadlineSeconds: 'soon' is not a number of 0 or more",
    ),
    "a retried group": (
        lambda w: w["spec"].update(templateDefaults={"retryStrategy": {"limit": 1}}),
        r"\(my-project\)\.retryStrategy: run-local does not retry a DAG",
    ),
    "another resource": (
        lambda w: template(w, "volume")["resource"].update(manifest="kind: Pod"),
        r"\(volume\)\.resource\.manifest: kind is 'Pod'; run-local can create only a PersistentVolumeClaim",
    ),
    "another action": (
        lambda w: template(w, "volume")["resource"].update(action="patch"),
        r"\(volume\)\.resource\.action: 'patch' is not one of create, apply, delete",
    ),
    "a manifest that is no YAML": (
        lambda w: template(w, "volume")["resource"].update(manifest="{a: b: c}"),
        r"\(volume\)\.resource\.manifest: is not YAML",
    ),
    "no name for the workflow": (
        lambda w: w["metadata"].clear(),
        r"metadata: name and generateName are both missing",
    ),
    "a limit": (
        lambda w: w["spec"].update(parallelism="all"),
        r"spec\.parallelism: 'all' is not a number of 0 or more",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_cannot_be_run_is_refused(run, run_folder, reporter, case):
    change, message = CASES[case]
    made = copy.deepcopy(GOOD)
    change(made)
    with pytest.raises(LocalRunError, match=message):
        run(made)
    assert reporter.calls == []
    assert not run_folder.exists()


@pytest.mark.parametrize("made", [None, [], "text", {}])
def test_what_is_no_workflow_at_all(run, made):
    with pytest.raises(LocalRunError, match=r"workflow: kind is .* expected 'Workflow'"):
        run(made)


def test_an_unknown_parameter_names_the_near_ones(run):
    with pytest.raises(LocalRunError, match=r"parameter 'alpah': .*; did you mean 'alpha'\?"):
        run(GOOD, parameters={"alpah": "1"})


def test_the_workflow_is_not_changed_and_can_be_run(run):
    made = copy.deepcopy(GOOD)
    assert run(made, parameters={"alpha": "1"}).succeeded
    assert made == GOOD


@pytest.mark.parametrize("workers", [0, -1])
def test_there_must_be_a_worker(run, workers):
    with pytest.raises(LocalRunError, match="there must be 1 or more"):
        run(GOOD, workers=workers)


def test_the_number_of_workers_has_a_default(run):
    assert run(GOOD, workers=None).succeeded


def test_a_project_that_is_not_there(tmp_path, reporter):
    from kedro_kubeflow.local import run_workflow

    with pytest.raises(LocalRunError, match="the project's folder does not exist"):
        run_workflow(
            GOOD,
            project_path=tmp_path / "none",
            run_folder=tmp_path / "run",
            environ={},
            reporter=reporter,
        )


def test_a_run_folder_that_cannot_be_made(tmp_path, reporter):
    from kedro_kubeflow.local import run_workflow

    (tmp_path / "file").write_text("x")
    with pytest.raises(LocalRunError, match="the run's folder cannot be created"):
        run_workflow(
            GOOD,
            project_path=tmp_path,
            run_folder=tmp_path / "file" / "run",
            environ={},
            reporter=reporter,
        )


def test_naming_the_package_costs_little():
    import subprocess
    import sys

    heavy = "{'rich', 'yaml', 'subprocess', 'concurrent.futures', 'kedro', 'kfp'}"
    code = f"import sys, kedro_kubeflow.local; print(sorted({heavy} & set(sys.modules)))"
    found = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {sys.path!r}; {code}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout == "[]\n"
