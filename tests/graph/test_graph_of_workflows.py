"""``kedro kubeflow graph --workflow``: any Argo workflow is drawn, and what is none is refused."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from graph_pictures import drawn, graph, workflow

NAMES = [
    "größe.scores",
    "<a&b>\"c\"'d' ]]> &amp;",
    "清洗数据.训练模型的名字非常长非常长非常长非常长非常长非常长",
    "очень длинное имя узла, которое не помещается в строку",
    "نص عربي",
    "split([a.b, c]) -> [d.e;f.g;a_very_long_name_of_an_output]",
    "W" * 200,
    "a\x07bell and a\nnew line",
]


def named(name: str) -> dict[str, Any]:
    annotations = {"pipelines.kubeflow.org/task_display_name": name}
    return {"metadata": {"annotations": annotations}, "container": {"image": "python"}}


def test_names_in_any_script_are_drawn_whole_or_cut_in_the_middle(tmp_path: Path) -> None:
    tasks = {f"t{i}": [f"t{i - 1}"] if i else [] for i in range(len(NAMES))}
    picture = drawn(tmp_path, workflow(tasks, {f"t{i}": named(n) for i, n in enumerate(NAMES)}))
    assert list(picture.boxes) == [*NAMES[:-1], "a�bell and a new line"]
    assert picture.boxes[NAMES[0]].texts == ("größe", "scores")
    assert picture.boxes[NAMES[1]].texts == (NAMES[1],)
    for name in (NAMES[3], NAMES[5], NAMES[6]):
        (text,) = picture.boxes[name].texts
        start, end = text.split("…")
        assert name.startswith(start)
        assert name.endswith(end)
        assert abs(len(start) - len(end)) <= 1
    assert all(box.width <= 280 for box in picture.boxes.values())


@pytest.mark.parametrize("suffix", [".png", "", ".svg.gz"])
def test_another_suffix_is_refused_with_the_three_that_there_are(
    tmp_path: Path, suffix: str
) -> None:
    result = graph(tmp_path, workflow({"a": []}), f"picture{suffix}")
    assert result.exit_code == 2
    for known in (".svg", ".dot", ".mmd"):
        assert known in result.output
    assert [item.name for item in tmp_path.iterdir()] == ["workflow.yml"]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    result = graph(tmp_path, workflow({"a": []}), "none/picture.svg")
    assert result.exit_code == 2
    assert "does not exist" in result.output


def test_a_pipeline_beside_a_workflow_is_refused(tmp_path: Path) -> None:
    graph(tmp_path, workflow({"a": []}))
    arguments = ["kubeflow", "graph", "--workflow", "workflow.yml", "-p", "__default__"]
    done = subprocess.run(
        [sys.executable, "-m", "kedro", *arguments],
        check=False,
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert "remove --pipeline and --image" in done.stderr


BROKEN = {
    "circle": (
        workflow({"a": ["c"], "b": ["a"], "c": ["b"]}),
        r"these depend on each other in a cycle: \w -> ",
    ),
    "dependency": (workflow({"a": ["x"]}), "it depends on 'x', which is not a task of the DAG"),
    "twice": (
        workflow({}, {"all": {"dag": {"tasks": [{"name": "a", "template": "b"}] * 2}}, "b": {}}),
        "another task has the same name",
    ),
    "template": (
        {"kind": "Workflow", "spec": {"entrypoint": "x", "templates": []}},
        "spec.entrypoint: there is no template 'x'",
    ),
    "no entrypoint": ({"kind": "Workflow", "spec": {}}, "spec.entrypoint: it is missing"),
    "a list": ({"kind": "Workflow", "spec": []}, r"workflow.spec: expected a mapping, found \[\]"),
    "tasks": (
        {
            "kind": "Workflow",
            "spec": {"entrypoint": "a", "templates": [{"name": "a", "dag": {"tasks": ["b"]}}]},
        },
        r"dag.tasks\[0\]: expected a mapping, found 'b'",
    ),
    "no workflow": ({"kind": "Pod"}, "this is not an Argo workflow"),
    "no YAML": ("{", "this is not YAML"),
    "growth": (
        {
            "kind": "Workflow",
            "spec": {
                "entrypoint": "t0",
                "templates": [
                    {
                        "name": f"t{i}",
                        "dag": {
                            "tasks": [{"name": n, "template": f"t{i + 1}"} for n in ("a", "b")]
                        },
                    }
                    for i in range(40)
                ],
            },
        },
        "more than 10,000 steps",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_cannot_be_drawn_is_an_error_and_no_picture(tmp_path: Path, case: str) -> None:
    content, message = BROKEN[case]
    if case == "twice":
        content["spec"]["templates"] = content["spec"]["templates"][1:]
    result = graph(tmp_path, content)
    assert result.exit_code == 2, result.output
    assert re.search(message, result.output), result.output
    assert [item.name for item in tmp_path.iterdir()] == ["workflow.yml"]


def test_dags_in_dags_are_unfolded(tmp_path: Path) -> None:
    inner = [
        {"name": "in-1", "template": "pod"},
        {"name": "in-2", "template": "pod", "depends": "in-1.Succeeded || in-1.Failed"},
        {"name": "in-3", "template": "rows", "dependencies": ["in-1"]},
    ]
    outer = [
        {"name": "first", "template": "pod"},
        {
            "name": "middle",
            "template": "inner",
            "dependencies": ["first"],
            "when": '"{{tasks.first.outputs.parameters.coin}}" == "heads"',
        },
        {"name": "last", "template": "pod", "dependencies": ["middle"], "withItems": [1, 2]},
    ]
    rows = [[{"name": "left", "template": "pod"}, {"name": "right", "template": "pod"}]]
    pod = {"container": {"image": "python"}}
    content = workflow(
        {}, {"inner": {"dag": {"tasks": inner}}, "rows": {"steps": rows}, "pod": pod}
    )
    content["spec"]["templates"][0] = {"name": "all", "dag": {"tasks": outer}}
    picture = drawn(tmp_path, content)
    assert set(picture.boxes) == {"first", "in-1", "in-2", "left", "right", "last"}
    assert picture.edges == {
        ("first", "in-1"),
        ("in-1", "in-2"),
        ("in-1", "left"),
        ("in-1", "right"),
        ("in-2", "last"),
        ("left", "last"),
        ("right", "last"),
    }
    assert picture.boxes["left"].texts == ("left", "if coin == heads")
    assert picture.boxes["last"].texts == ("last", "for each of 2 items")


def test_a_dag_that_holds_itself_is_drawn_once(tmp_path: Path) -> None:
    tasks = [
        {"name": "count", "template": "pod"},
        {"name": "more", "template": "all", "dependencies": ["count"]},
    ]
    content = workflow({}, {"pod": {"container": {"image": "python"}}})
    content["spec"]["templates"][0] = {"name": "all", "dag": {"tasks": tasks}}
    picture = drawn(tmp_path, content)
    assert picture.boxes["more"].texts == ("more", "again from all")
    assert picture.edges == {("count", "more")}


def test_kinds_are_told_from_what_templates_run(tmp_path: Path) -> None:
    def ours(*words: str, args: tuple[str, ...] = ()) -> dict[str, Any]:
        command = ["kedro", "kubeflow", "--env", "run-step", *words]
        return {"container": {"image": "shop", "command": command, "args": list(args)}}

    nodes = ("--nodes", json.dumps(["a", "b", "c"]))
    templates = {
        "node": ours("run-step", "--pipeline", "p", args=("--nodes", '["a"]')),
        "group": ours("run-step", "--pipeline", "p", args=nodes),
        "whole": ours("run-step", "--pipeline", "p"),
        "init": ours("volume-init", args=("data", "fresh")),
        "mlflow-start-run": ours("mlflow-start", "--pipeline", "p"),
        "wait": ours("wait-for-run"),
        "pause": {"suspend": {"duration": "20"}},
        "script": {"script": {"image": "python", "source": "1"}},
        "claim": {
            "resource": {
                "action": "create",
                "manifest": "kind: PersistentVolumeClaim\nspec: {resources: {requests: {storage: 5Gi}}}",
            }
        },
        "job": {"resource": {"action": "create", "manifest": "kind: Job"}},
        "mlflow-end-run": ours("mlflow-end", "--pipeline", "p"),
    }
    tasks: dict[str, list[str]] = {name: [] for name in templates if name != "mlflow-end-run"}
    picture = drawn(tmp_path, workflow(tasks, templates, onExit="mlflow-end-run"))
    kinds = {name: box.details[0] for name, box in picture.boxes.items()}
    assert kinds == {
        "node": "Kedro node",
        "group": "Several Kedro nodes",
        "whole": "Several Kedro nodes",
        "init": "Volume",
        "claim": "Volume",
        "mlflow-start-run": "MLflow run",
        "mlflow-end-run": "MLflow run",
        "wait": "Waits",
        "pause": "Waits",
        "script": "Container",
        "job": "Other",
    }
    assert set(kinds.values()) < set(picture.legend)
    assert picture.boxes["group"].texts == ("group", "3 nodes")
    assert picture.boxes["whole"].texts == ("whole", "pipeline p")
    assert picture.boxes["pause"].texts == ("pause", "20 s")
    assert picture.boxes["claim"].texts == ("claim", "5Gi")
    assert picture.boxes["job"].texts == ("job", "create Job")
    assert [name for name, box in picture.boxes.items() if box.dashed] == ["mlflow-end-run"]
    assert len(picture.exit_edges) == 2  # the line, and the arrow from it


def test_what_most_pods_share_is_said_once(tmp_path: Path) -> None:
    def pod(retries: int, **limits: Any) -> dict[str, Any]:
        return {
            "container": {"image": "python", "resources": {"limits": limits}},
            "retryStrategy": {"limit": retries},
        }

    templates = {
        "a": pod(2, cpu=1),
        "b": pod(2, cpu=1),
        "c": pod(0, cpu=4),
        "d": {**pod(1, cpu=1, **{"nvidia.com/gpu": 2}), "retryStrategy": {}},
        "e": pod(2),
    }
    templates["c"]["container"]["resources"]["requests"] = {"cpu": "500m"}
    picture = drawn(tmp_path, workflow({name: [] for name in templates}, templates))
    assert picture.legend[1] == "Where a box says nothing else: 1 cpu, 2 retries"
    notes = {name: box.texts[1:] for name, box in picture.boxes.items()}
    assert notes == {
        "a": (),
        "b": (),
        "c": ("500m–4 cpu", "no retries set"),
        "d": ("2 GPU", "no retries set"),
        "e": ("no cpu set",),
    }


def test_a_thousand_steps(tmp_path: Path) -> None:
    tasks = {
        f"s{i}": sorted({f"s{i - 1 - i * step % 40}" for step in (7, 11) if i > 40})
        for i in range(1000)
    }
    picture = drawn(tmp_path, workflow(tasks))
    assert len(picture.boxes) == 1000
    assert picture.edges == {(before, step) for step, others in tasks.items() for before in others}


def test_mermaid(tmp_path: Path) -> None:
    content = workflow({"a": [], "b": ["a"]}, {"a": named('x "<&#;'), "end": {"suspend": {}}})
    content["spec"]["onExit"] = "end"
    result = graph(tmp_path, content, "picture.mmd")
    assert "2 steps, at most 2 after one another, and 1 on exit" in result.output
    lines = (tmp_path / "picture.mmd").read_text(encoding="utf-8").splitlines()
    assert lines[:4] == ["---", "title: 'sketch'", "---", "flowchart TD"]
    assert '  s0("x #34;#60;#38;#35;#59;")' in lines
    assert "  s0 --> s1" in lines
    assert "  s1 -.-> e0" in lines


def test_nothing_of_a_workflow_needs_kfp(tmp_path: Path) -> None:
    graph(tmp_path, workflow({"a": []}))
    code = (
        "import sys\nfrom kedro_kubeflow.cli import commands\n"
        "try:\n    commands(['kubeflow', 'graph', '--workflow', 'workflow.yml'])\n"
        "except SystemExit as end:\n    assert not end.code\n"
        "print('kfp' in sys.modules, 'kubernetes' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, cwd=tmp_path, capture_output=True, text=True
    )
    assert done.stdout.splitlines()[-2:] == [
        "Picture written to pipeline.svg: 1 step",
        "False False",
    ]
