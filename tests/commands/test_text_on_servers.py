"""Text outside ASCII, on servers whose databases hold latin1, three bytes of UTF-8, or all of it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kfp_server import KfpServer
from local_executor import LocalExecutor
from projects import KUBEFLOW, Project

Make = Callable[..., Project]

REGISTRY = """
def together(*values):
    return list(values)


def register_pipelines():
    inputs = ["params:miasto", "params:tekst", "params:wykaz", "params:quoted"]
    return {
        "__default__": Pipeline([node(together, inputs, "wynik 😀", name="together")]),
        "powiadom ż": Pipeline([node(together, ["params:status", "params:miasto"], "koniec", name="koniec")]),
    }
"""
CATALOG = {
    "wynik 😀": {"type": "shop.datasets.JSONFile", "filepath": "data/wynik 😀.json"},
    "koniec": {"type": "shop.datasets.JSONFile", "filepath": "data/koniec.json"},
}
PARAMETERS = {
    "miasto": "Łódź 😀",
    "tekst": "zażółć\u2028\x7f",
    "wykaz": {"ą": ["😀", 1], "😀": "é"},
    "quoted": '"ż"',
}
CHANGED = "Kraków 𝔘 {{workflow.name}}"
SERVERS = [("1.8.5", "latin1"), ("1.8.5", "utf8"), ("2.5.0", "utf8")]


def texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [*map(str, value), *(text for item in value.values() for text in texts(item))]
    if isinstance(value, list):
        return [text for item in value for text in texts(item)]
    return [value] if isinstance(value, str) else []


def on(url: str, project: Make, **run_config: Any) -> Project:
    return project(
        registry=REGISTRY,
        catalog=CATALOG,
        parameters=PARAMETERS,
        kubeflow={
            "host": url,
            "run_config": {
                **KUBEFLOW["run_config"],
                "on_exit_pipeline": "powiadom ż",
                **run_config,
            },
        },  # type: ignore[dict-item]
    )


def expected(made: Project, *options: str) -> Any:
    made.kedro("run", *options)
    return made.read_json("data/wynik 😀.json")


@pytest.mark.parametrize(("version", "charset"), SERVERS)
def test_values_arrive_on_every_database(
    project: Make, tmp_path: Path, version: str, charset: str
) -> None:
    made = on("http://localhost:1", project)
    value = expected(made)
    changed = [CHANGED, *value[1:]]
    executor = LocalExecutor(made.path, tmp_path / "cluster")

    with KfpServer(version, executor=executor, charset=charset) as server:
        config = (made.path / "conf/base/kubeflow.yaml").read_text(encoding="utf-8")
        made.write("conf/base/kubeflow.yaml", config.replace("http://localhost:1", server.url))
        made.kubeflow("run-once", "--wait-for-completion", CI="true")
        made.kubeflow(
            "run-once", "--wait-for-completion", "--param", f"miasto={CHANGED}", CI="true"
        )
        made.kubeflow("upload-pipeline")
        made.kubeflow("schedule", "-c", "0 0 4 * * *", "--param", f"miasto={CHANGED}")
        (job,) = server.store.jobs
        server.fire(job, dt.datetime.now(dt.timezone.utc)).done.wait(60)
        runs = list(server.store.runs.values())

    assert [run.workflow_phase for run in runs] == ["Succeeded"] * 3
    folders = [
        tmp_path / "cluster/volumes" / f"{run.workflow['metadata']['name']}-data-volume"
        for run in runs
    ]
    found = [
        json.loads((folder / "wynik 😀.json").read_text(encoding="utf-8")) for folder in folders
    ]
    assert found == [value, changed, changed]
    assert json.loads((folders[1] / "koniec.json").read_text(encoding="utf-8")) == [
        "Succeeded",
        CHANGED,
    ]


NAMES = """
def register_pipelines():
    counted = node(len, "params:miasto", "długość", name="licz_długość")
    return {"__default__": Pipeline([counted, node(repr, "params:miasto", "𝔘", name="licz_𝔘")])}
"""


def test_only_names_and_paths_that_a_database_may_hold_are_not_ascii(project: Make) -> None:
    entry = {"type": "shop.datasets.JSONFile"}
    made = project(
        registry=NAMES,
        catalog={
            "długość": {**entry, "filepath": "data/długość.json"},
            "𝔘": {**entry, "filepath": "data/😀.json"},
        },
        parameters=PARAMETERS,
    )
    found = {text for text in texts(made.compile()) if not text.isascii()}
    assert found == {"licz_długość", "/home/kedro/data/długość.json"}


@pytest.mark.parametrize(
    ("run_config", "place"),
    [
        (
            {"annotations": {"__default__": {"note": "😀"}}},
            "templateDefaults.metadata.annotations.note",
        ),
        (
            {"labels": {"__default__": {"a": "b"}}, "project_path": "/home/😀"},
            "templateDefaults.container.workingDir",
        ),
    ],
)
def test_text_that_no_server_stores_is_refused_by_compile(
    project: Make, run_config: dict[str, Any], place: str
) -> None:
    refused = project(run_config=run_config).kubeflow("compile", check=False)
    assert refused.returncode == 1
    assert place in refused.stderr
    assert "has '😀': Kubeflow stores no character above U+FFFF" in refused.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("run-once",), "the experiment name 'Próby 😀' has '😀'"),
        (("schedule", "-c", "@daily", "-x", "😀"), "the experiment name '😀' has '😀'"),
        (("upload-pipeline",), "the pipeline name '[Sklep 😀] __default__ (env: local)' has '😀'"),
    ],
)
def test_names_that_no_server_stores_are_refused_before_anything_is_sent(
    project: Make, words: tuple[str, ...], said: str
) -> None:
    with KfpServer("2.0.5") as server:
        made = project(
            kubeflow={
                "host": server.url,
                "run_config": {**KUBEFLOW["run_config"], "experiment_name": "Próby 😀"},
            }  # type: ignore[dict-item]
        )
        text = (made.path / "pyproject.toml").read_text(encoding="utf-8")
        made.write("pyproject.toml", text.replace("Shop Floor", "Sklep 😀"))
        refused = made.kubeflow(*words, check=False)
        checked = made.kubeflow("check", check=False)

    assert refused.returncode == 2
    assert said in refused.stderr
    assert not server.received.lines()
    assert checked.returncode == 2
    assert "the project's name" in checked.stdout


def test_what_a_database_of_latin1_refuses_is_explained_at_once(project: Make) -> None:
    with KfpServer("1.8.5") as server:
        made = on(server.url, project, experiment_name="Łódź")
        started = made.kubeflow("run-once", check=False)
        config = {**KUBEFLOW["run_config"], "scheduled_run_name": "Łódź"}  # type: ignore[dict-item]
        made.write("conf/base/kubeflow.yaml", {"host": server.url, "run_config": config})
        made.kubeflow("upload-pipeline")
        scheduled = made.kubeflow("schedule", "-c", "@daily", check=False)

    for failed in (started, scheduled):
        assert failed.returncode == 1
        assert "often latin1, does not have this character" in failed.stderr
        assert "retrying" not in failed.stderr + failed.stdout
    assert len(server.store.unlisted_jobs) == 1, "and nothing was sent twice"
    assert "kubectl get scheduledworkflows" in scheduled.stderr
    assert "kubectl" not in started.stderr
