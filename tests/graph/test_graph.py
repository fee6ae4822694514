"""``kedro kubeflow graph`` in Kedro projects: the picture shows the workflow that compile writes."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from typing import Any

import pytest
from graph_pictures import Svg

from projects import KEDRO, Project

Make = Callable[..., Project]

GROUPS = """
def one(*values):
    return values[0]


def register_pipelines():
    return {
        "__default__": Pipeline([
            node(one, "raw", "clean", name="clean", tags=["group.prepare"]),
            node(one, "clean", "table", name="join", tags=["group.prepare"]),
            node(one, "table", "model", name="forecast.train", tags=["gpu"]),
            node(one, ["table", "model"], "result", name="größe_评估"),
        ]),
        "notify": Pipeline([
            node(one, "params:status", "sent", name="send"),
            node(one, "sent", "done", name="log"),
        ]),
    }
"""

GROUPS_CONFIG = {
    "node_merge_strategy": "tag",
    "on_exit_pipeline": "notify",
    "resources": {"gpu": {"nvidia.com/gpu": 1, "memory": "16Gi"}},
    "retry_policy": {"__default__": {"num_retries": 2}, "gpu": {"num_retries": 5}},
}


def groups(project: Make) -> Project:
    return project(
        GROUPS, parameters={"status": "", "failures": ""}, run_config=dict(GROUPS_CONFIG)
    )


def read(project: Project, name: str = "pipeline.svg") -> Svg:
    picture = Svg((project.path / name).read_text(encoding="utf-8"))
    picture.check()
    return picture


def test_steps_groups_volume_and_exit_handler(project: Make) -> None:
    made = groups(project)
    process = made.kubeflow("graph")
    assert (
        "Picture written to pipeline.svg: 5 steps, at most 5 after one another, and 1 on exit"
        in process.stdout
    )
    picture = read(made)
    train, evaluate = "forecast.train", "größe_评估"
    assert set(picture.boxes) == {
        "data-volume-create",
        "data-volume-init",
        "prepare",
        train,
        evaluate,
        "on-exit-notify",
    }
    assert picture.edges == {
        ("data-volume-create", "data-volume-init"),
        ("data-volume-init", "prepare"),
        ("prepare", train),
        ("prepare", evaluate),
        (train, evaluate),
    }
    assert picture.boxes["prepare"].texts == ("prepare", "2 nodes")
    assert picture.boxes["prepare"].details[-4:-1] == ("Nodes:", "- clean", "- join")
    assert picture.boxes[train].texts == (
        "forecast",
        "train",
        "1 GPU",
        "16Gi memory",
        "5 retries",
    )
    assert picture.boxes["data-volume-create"].texts[1:] == ("1Gi", "ReadWriteOnce")
    on_exit = picture.boxes["on-exit-notify"]
    assert on_exit.texts == ("on-exit-notify", "2 nodes")
    assert on_exit.dashed
    assert on_exit.top > max(
        box.top + box.height for name, box in picture.boxes.items() if box is not on_exit
    )
    assert picture.legend == [
        "shop-floor",
        "Where a box says nothing else: 500m cpu, 1024Mi memory, 2 retries",
        "Kedro node",
        "Several Kedro nodes",
        "Volume",
        "Exit handler: last, whatever happened",
    ]
    fills = {name: box.fill for name, box in picture.boxes.items()}
    assert fills["data-volume-create"] == fills["data-volume-init"]
    assert fills["prepare"] == fills["on-exit-notify"]
    assert len({fills["data-volume-init"], fills["prepare"], fills[train]}) == 3


def test_same_input_same_picture_from_a_pipeline_and_from_its_workflow(project: Make) -> None:
    made = groups(project)
    made.kubeflow("compile", "-p", "notify")
    made.kubeflow("graph", "-p", "notify", "-o", "1.svg", PYTHONHASHSEED="1")
    made.kubeflow("graph", "-p", "notify", "-o", "2.svg", PYTHONHASHSEED="2")
    made.kubeflow("graph", "--workflow", "pipeline.yml", "-o", "3.svg", PYTHONHASHSEED="3")
    pictures = [(made.path / f"{number}.svg").read_text(encoding="utf-8") for number in (1, 2, 3)]
    assert pictures[0] == pictures[1]
    assert Svg(pictures[2]).edges == Svg(pictures[0]).edges
    assert set(Svg(pictures[2]).boxes) == set(Svg(pictures[0]).boxes)


@pytest.mark.parametrize("strategy", ["none", "full"])
def test_a_single_node(project: Make, strategy: str) -> None:
    made = project(run_config={"volume": None, "node_merge_strategy": strategy})
    process = made.kubeflow("graph", "-p", "just_split")
    assert "Picture written to pipeline.svg: 1 step\n" in process.stdout
    (box,) = read(made).boxes.values()
    assert "Pipeline: just_split" in box.details
    name = "split" if strategy == "none" else "pipeline"
    assert box.texts == (name, "500m cpu", "1024Mi memory")


def test_sixty_nodes_side_by_side_fit_a_screen(project: Make) -> None:
    registry = """
    def one(*values):
        return values[0]


    def register_pipelines():
        reports = [node(one, "raw", f"r{i}", name=f"report_{i}") for i in range(60)]
        return {"__default__": Pipeline([*reports, node(one, [f"r{i}" for i in range(60)], "all", name="bind")])}
    """
    made = project(registry)
    made.kubeflow("graph")
    picture = read(made)
    assert {f"report_{i}" for i in range(60)} < set(picture.boxes)
    assert {(f"report_{i}", "bind") for i in range(60)} < picture.edges
    assert {("data-volume-init", f"report_{i}") for i in range(60)} < picture.edges
    width, height = picture.size
    assert width < 2400
    assert height < 1600


def test_standard_output_holds_the_picture_and_nothing_else(project: Make) -> None:
    made = project(run_config={"resources": {"nobody": {"cpu": 1}}})
    process = made.kubeflow("graph", "-o", "-")
    # Kedro from 0.19 says on stdout which logging configuration it uses, before any plugin is asked.
    before, first, rest = process.stdout.partition("<?xml ")
    assert len(before.splitlines()) <= (1 if KEDRO >= (0, 19) else 0)
    assert "matches no node" in process.stderr
    assert not (made.path / "pipeline.svg").exists()
    assert set(Svg(first + rest).boxes) == {
        "data-volume-create",
        "data-volume-init",
        "split",
        "total",
    }


def test_an_error_leaves_the_picture_that_was_there(project: Make) -> None:
    made = project(run_config={"volume": None})
    made.write("pipeline.svg", "old")
    before = sorted(item.name for item in made.path.iterdir())
    process = made.kubeflow("graph", check=False)
    assert process.returncode == 2
    assert "would be lost" in process.stderr
    assert (made.path / "pipeline.svg").read_text() == "old"
    assert sorted(item.name for item in made.path.iterdir()) == before


def test_graphviz_draws_what_is_written_for_it(project: Make) -> None:
    made = groups(project)
    made.kubeflow("graph", "-o", "pipeline.dot")
    text = (made.path / "pipeline.dot").read_text(encoding="utf-8")
    assert '[label="größe_评估"' in text
    assert text.count(" -> ") == 6
    if shutil.which("dot"):
        plain = _dot_plain(text)
        assert sum(line.startswith("node ") for line in plain) == 6
        assert sum(line.startswith("edge ") for line in plain) == 6
        assert any("forecast.train" in line for line in plain)


def _dot_plain(text: str) -> list[str]:
    done: Any = subprocess.run(
        ["dot", "-Tplain"], input=text, check=True, capture_output=True, text=True, encoding="utf-8"
    )
    return list(done.stdout.splitlines())
