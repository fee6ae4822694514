"""A local run of a workflow produces what ``kedro run`` produces, and does not hide lost data."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from projects import ENVIRON, KEDRO, Project, take_ctrl_c

Make = Callable[..., Project]

ODD = """
from functools import partial

from shop.things import Thing


def load(raw, everything):
    return [raw, everything["deep"]["er"]]


def combine(*values):
    return {"values": [value.value if isinstance(value, Thing) else value for value in values]}


def add(number, values):
    return values, number


def register_pipelines():
    return {"__default__": Pipeline([
        node(load, ["raw", "parameters"], "a, b -> [c] \\"d\\" 'e'"),
        node(Thing, "a, b -> [c] \\"d\\" 'e'", "THING"),
        node(Thing, "raw", "größe 数据 `id` $(id)"),
        node(combine, ["THING", "größe 数据 `id` $(id)", "params:my param", "params:dollars"], "x@json"),
        node(lambda text: [text], "x@text", "x" * 250),
        node(partial(add, 1), "x" * 250, ["versioned", "outside"], name="add.one"),
        node(combine, ["versioned", "explicit", "params:deep.er"], "end", name="add_one"),
        node(combine, ["outside", "params:list"], "parts", name="add-one"),
        node(lambda: "made of nothing", None, "cached"),
        node(lambda cached: cached, "cached", "explicit"),
        node(combine, ["end", "parts"], "result", name="shop-floor"),
        node(lambda result: None, "result", None, name="data-volume-init"),
    ])}
"""

MEMORY = "MemoryDataSet" if KEDRO < (0, 18, 11) else "MemoryDataset"
CACHED = "CachedDataSet" if KEDRO < (0, 18, 11) else "CachedDataset"
ODD_CATALOG = {
    "raw": {"type": "shop.datasets.JSONFile", "filepath": "data/01_raw/raw.json"},
    "x@json": {"type": "shop.datasets.JSONFile", "filepath": "data/x.json"},
    "x@text": {"type": "shop.datasets.JSONFile", "filepath": "data/x.json"},
    "versioned": {
        "type": "shop.datasets.JSONFile",
        "filepath": "data/v/versioned.json",
        "versioned": True,
    },
    "outside": {"type": "shop.datasets.PickleFile", "filepath": "results/outside.pickle"},
    "explicit": {"type": MEMORY},
    "cached": {"type": CACHED, "dataset": {"type": MEMORY}},
    "parts": {"type": "shop.datasets.Folder", "path": "data/parts"},
    "result": {"type": "shop.datasets.JSONFile", "filepath": "data/08_reporting/result.json"},
}

# The escaped interpolation is resolved by some loaders and plain text in others: both runs must agree.
ODD_PARAMETERS = """
my param: "{{workflow.name}} [[CurrentTime]] $(id) `id` 'one' \\"two\\" ü 数据\\n\\ttab \\\\ {{inputs.parameters.x}}"
dollars: "$$(KUBEFLOW_RUN_ID) $(KUBEFLOW_RUN_ID) $$ $HOME $"
list: [[1, [2.5, null]], true, "true", "1e3", 1.0e-7, .inf, "", {}, []]
deep: {er: {and: {deep: {est: "  spaces  ", none: null, "odd key": 2026-01-01, 1: one}}}}
"[[x]]": text
"""

FILES = {
    "src/shop/things.py": "class Thing:\n    def __init__(self, value):\n        self.value = value\n",
    "data/01_raw/raw.json": '{"a": [1, 2.5, "ü"]}',
    "data/v/versioned.json/2001-01-01T00.00.00.000Z/versioned.json": '"of a former run"',
}


def odd_catalog() -> dict[str, Any]:
    catalog = dict(ODD_CATALOG)
    catalog["parts"] = {"type": "shop.datasets.Folder", "filepath": "data/parts"}
    if KEDRO >= (0, 18, 12):
        catalog["{name}_of_factory"] = {
            "type": "shop.datasets.JSONFile",
            "filepath": "data/{name}.json",
        }
    return catalog


ODD_REGISTRY = ODD.replace("THING", "thing.{{workflow.name}} {{inputs.x}} $(DO_NOT_TRACK)").replace(
    'node(combine, ["outside", "params:list"], "parts", name="add-one")',
    'node(lambda outside, values: {"a": repr(outside), "b": repr(values)}, ["outside", "params:list"], "parts", '
    'name="add-one")',
)


def files_below(folder: Path) -> dict[str, bytes]:
    return {
        item.relative_to(folder).as_posix(): item.read_bytes()
        for item in folder.rglob("*")
        if item.is_file()
        and not {".kedro-kubeflow", "__pycache__"}.intersection(item.relative_to(folder).parts)
    }


def run_folder(project: Project) -> Path:
    (folder,) = (project.path / ".kedro-kubeflow/runs").iterdir()
    return folder


def volume(project: Project) -> Path:
    (folder,) = (run_folder(project) / "volumes").iterdir()
    return folder


@pytest.mark.parametrize("storage", ["volume", "root", "full"])
def test_an_odd_project_gives_what_kedro_run_gives(
    project: Make, tmp_path: Path, storage: str
) -> None:
    root = f"file://{tmp_path}/root"
    run_config: dict[str, Any] = {
        "volume": {"volume": {}},
        "root": {"volume": None, "root": root},
        "full": {"node_merge_strategy": "full"},
    }[storage]
    made = project(
        ODD_REGISTRY,
        catalog=odd_catalog(),
        parameters=ODD_PARAMETERS,
        files=FILES,
        run_config=run_config,
    )
    before = files_below(made.path)
    process = made.kubeflow("run-local")
    assert files_below(made.path) == before  # the project itself is left alone
    if storage == "root":
        (left,) = (tmp_path / "root").iterdir()
        result = files_below(left / "files/data")
    else:
        result = files_below(volume(made))
    made.kedro("run")
    expected = files_below(made.path / "data")
    names = ["parts/a", "parts/b", "08_reporting/result.json", "x.json"]
    assert {name: result[name] for name in names} == {name: expected[name] for name in names}
    assert "Succeeded" in process.stdout


def test_all_steps_of_a_run_save_under_one_version(project: Make) -> None:
    catalog = {
        name: {"type": "shop.datasets.JSONFile", "filepath": f"data/{name}.json", "versioned": True}
        for name in ("first", "second")
    }
    registry = """
    import time

    def register_pipelines():
        return {"__default__": Pipeline([
            node(lambda: "one", None, "first", name="make"),
            node(lambda first: first + " and two", "first", "second", name="follow"),
        ])}
    """
    made = project(registry, catalog=catalog, files={})
    made.kubeflow("run-local")
    versions = {
        item.parent.name for item in volume(made).rglob("*.json") if item.parent.name.endswith("Z")
    }
    assert len(versions) == 1
    artifacts = run_folder(made) / "artifacts"
    assert json.loads((artifacts / "follow/second/second.json").read_text()) == "one and two"
    assert json.loads((artifacts / "make/first/first.json").read_text()) == "one"


def test_parameters_given_for_a_run(project: Make) -> None:
    registry = """
    def register_pipelines():
        return {"__default__": Pipeline([
            node(lambda p, b: [p, b], ["parameters", "params:nested.a.b"], "result", name="write"),
        ])}
    """
    parameters = {
        "version": "1.0",
        "share": 0.2,
        "nested": {"a": {"b": "text", "c": [1]}},
        "my param": "x",
        "untouched": "plain",
    }
    made = project(registry, parameters=parameters)
    hostile = "${oc.env:HOME} \\${x} {{workflow.name}} [[CurrentTime]] $HOME $$ $(KUBEFLOW_RUN_ID)"
    options = ["version=1e3", "share=1e-3", f"nested.a.b={hostile}", "my param:y"]
    made.kubeflow("run-local", *(word for option in options for word in ("--param", option)))
    everything, b = json.loads((volume(made) / "08_reporting/result.json").read_text())
    assert b == hostile
    assert everything == {
        "version": "1e3",
        "share": 0.001,
        "nested": {"a": {"b": hostile, "c": [1]}},
        "my param": "y",
        "untouched": "plain",
    }


EXIT = """
def fail(raw):
    raise RuntimeError("no such luck")


def register_pipelines():
    return {
        "__default__": Pipeline([node(fail, "raw", "odd", name="fail"), node(lambda x: x, "odd", "y", name="y")]),
        "good": Pipeline([node(lambda x: x, "raw", "odd", name="good")]),
        "notify": Pipeline([
            node(lambda *a: list(a), ["params:status", "params:failures"], "result", name="notify"),
        ]),
    }
"""


def test_the_exit_pipeline_runs_whatever_happened(project: Make) -> None:
    retry = {"__default__": {"num_retries": 1, "backoff_duration": "1s"}}
    made = project(EXIT, run_config={"on_exit_pipeline": "notify", "retry_policy": retry})
    process = made.kubeflow("run-local", "-o", "first", check=False)
    assert process.returncode == 1
    assert "RuntimeError: no such luck" in process.stdout  # the last lines of the failed step's log
    assert f"log: {made.path}/first/logs/fail.log" in process.stdout
    assert "retry 1 of 1" in process.stdout
    (data,) = (made.path / "first/volumes").iterdir()
    status, failures = json.loads((data / "08_reporting/result.json").read_text())
    assert status == "Failed"
    assert "fail" in {failure["displayName"] for failure in failures}
    process = made.kubeflow("run-local", "-p", "good", "-o", "second")
    (data,) = (made.path / "second/volumes").iterdir()
    assert json.loads((data / "08_reporting/result.json").read_text()) == ["Succeeded", []]


def test_what_is_left_in_a_pod_is_lost_and_compile_says_so(project: Make) -> None:
    """Without the plugin's help the data would be lost: the local run must not hide it."""
    made = project()
    workflow = made.compile()
    variables = workflow["spec"]["templateDefaults"]["container"]["env"]
    workflow["spec"]["templateDefaults"]["container"]["env"] = [
        item for item in variables if item["name"] != "KEDRO_KUBEFLOW_STORE"
    ]
    made.write("broken.yml", yaml.safe_dump(workflow))
    process = made.kubeflow("run-local", "--workflow", "broken.yml", check=False)
    assert process.returncode == 1
    assert "total" in process.stdout
    assert made.kubeflow("run-local", "--workflow", "pipeline.yml").returncode == 0
    for option in (["-p", "just_split"], ["-i", "shop:2"]):
        for command in ("run-local", "graph"):
            refused = made.kubeflow(command, "--workflow", "pipeline.yml", *option, check=False)
            assert refused.returncode == 2
            assert "a compiled workflow; remove --pipeline and --image" in refused.stderr


def test_datasets_of_hooks_and_settings_are_those_of_kedro_run(project: Make) -> None:
    hooks = """
    from kedro.framework.hooks import hook_impl
    from shop.datasets import JSONFile

    class Add:
        @hook_impl
        def after_catalog_created(self, catalog):
            inside, outside = JSONFile(filepath="data/by_hook.json"), JSONFile(filepath="out/by_hook.json")
            for name, dataset in {"odd": inside, "even": outside}.items():
                if hasattr(catalog, "add"):
                    catalog.add(name, dataset)
                else:
                    catalog[name] = dataset
    """
    made = project(
        settings="from shop.hooks import Add\nHOOKS = (Add(),)\n",
        files={"src/shop/hooks.py": hooks, "data/01_raw/raw.json": "[1, 2, 3]"},
    )
    made.kubeflow("run-local")
    assert json.loads((volume(made) / "by_hook.json").read_text()) == [1, 3]
    kept = volume(made) / ".kedro-kubeflow/store/files/out/by_hook.json"
    assert json.loads(kept.read_text()) == [2]


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_ctrl_c_stops_the_steps_and_says_so(project: Make, tmp_path: Path) -> None:
    registry = """
    import os, time

    def wait(raw):
        open("PID_FILE", "w").write(str(os.getpid()))
        time.sleep(600)

    def register_pipelines():
        return {"__default__": Pipeline([node(wait, "raw", "odd", name="wait")])}
    """
    made = project(registry.replace("PID_FILE", str(tmp_path / "pid")))
    process = subprocess.Popen(
        [sys.executable, "-m", "kedro", "kubeflow", "run-local"],
        cwd=made.path,
        env={**os.environ, **ENVIRON},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=take_ctrl_c,  # noqa: PLW1509 - no lock is taken there
    )
    deadline = time.monotonic() + 120
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.1)
    child = int((tmp_path / "pid").read_text())
    process.send_signal(signal.SIGINT)
    output = process.communicate(timeout=60)[0]
    assert process.returncode == 130
    assert "Interrupted" in output
    assert "Traceback" not in output
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


class TestContainers:
    """``--runner docker``, with a stand-in for it; tests/local has the runner itself."""

    @pytest.fixture
    def engine(self, tmp_path: Path) -> Path:
        program = tmp_path / "engine" / "docker"
        program.parent.mkdir()
        script = Path(__file__).parents[1] / "local" / "standin_docker.py"
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I -S "{script}" docker "$@"\n')
        program.chmod(0o755)
        return program.parent

    def environ(self, engine: Path) -> dict[str, str]:
        folders = (str(engine), os.path.dirname(sys.executable), "/usr/bin", "/bin")
        return {"STANDIN_FOLDER": str(engine), "PATH": os.pathsep.join(folders)}

    def test_the_image_is_the_truth(self, project: Make, engine: Path) -> None:
        registry = """
        def register_pipelines():
            return {"__default__": Pipeline([
                node(lambda: "as built", None, "text", name="make"),
                node(lambda text: text, "text", "result", name="follow"),
            ])}
        """
        catalog = {"result": {"type": "shop.datasets.JSONFile", "filepath": "data/result.json"}}
        made = project(registry, catalog=catalog, files={})
        (engine / "images").write_text("registry.example.com/project:1")
        shutil.copytree(made.path, engine / "image")
        source = made.path / "src/shop/pipeline_registry.py"
        source.write_text(source.read_text().replace("as built", "as changed since"))
        made.kubeflow("run-local", "--runner", "docker", **self.environ(engine))
        assert json.loads((volume(made) / "result.json").read_text()) == "as built"
        artifacts = run_folder(made) / "artifacts"
        assert json.loads((artifacts / "follow/result/result.json").read_text()) == "as built"
        assert not list((engine / "containers").iterdir())
        assert not (run_folder(made) / "pods").exists()

    def test_an_image_that_is_not_there(self, project: Make, engine: Path) -> None:
        made = project()
        (engine / "images").write_text("")
        process = made.kubeflow(
            "run-local", "--runner", "docker", check=False, **self.environ(engine)
        )
        assert process.returncode == 1
        assert "docker has no image" in process.stderr
        assert "Traceback" not in process.stdout + process.stderr
        assert not (made.path / ".kedro-kubeflow").exists()
