"""Parameters that a resolver of the project creates: dates, and objects that cannot be serialised."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from projects import KEDRO, Project

Make = Callable[..., Project]

pytestmark = pytest.mark.skipif(
    KEDRO < (0, 18, 13), reason="Kedro knows custom resolvers from 0.18.13"
)

SETTINGS = """
import builtins
import datetime as dt

from kedro.config import OmegaConfigLoader

CONFIG_LOADER_CLASS = OmegaConfigLoader
CONFIG_LOADER_ARGS = {
    "base_env": "base",
    "default_run_env": "local",
    "custom_resolvers": {
        "kind": lambda name: getattr(builtins, name),
        "date": dt.date.fromisoformat,
    },
}
"""
REGISTRY = """
def look(cfg, window, factor):
    return {
        "made": str(cfg["kind"]("1")),
        "from": f"{window['from']:%d.%m.%Y}",
        "open": window["open"],
        "factor": factor,
    }


def register_pipelines():
    nodes = [node(look, ["params:cfg", "params:window", "params:factor"], "seen", name="look")]
    return {"__default__": Pipeline(nodes)}
"""
PARAMETERS = """
cfg: {kind: "${kind:complex}", x: 1}
window: {from: "${date:2026-01-31}", open: true}
factor: 3
"""


@pytest.fixture
def resolved(project: Make) -> Callable[..., Project]:
    def make(**run_config: Any) -> Project:
        return project(
            REGISTRY,
            catalog={"seen": {"type": "shop.datasets.JSONFile", "filepath": "data/seen.json"}},
            parameters=PARAMETERS,
            settings=SETTINGS,
            run_config=run_config,
            files={},
        )

    return make


def seen(made: Project, *options: str) -> Any:
    run = made.path / f"run{len(options)}"
    made.kubeflow("run-local", "-o", str(run), *options)
    (found,) = run.glob("volumes/*/seen.json")
    return json.loads(found.read_text())


def test_an_object_is_left_to_the_image(resolved: Make) -> None:
    made = resolved()

    process = made.kubeflow("compile")

    told = " ".join((process.stdout + process.stderr).split())
    assert "cfg.kind is a type, which cannot be serialised: 'cfg' is not a parameter of the" in told
    assert seen(made) == {"made": "(1+0j)", "from": "31.01.2026", "open": True, "factor": 3}


def test_a_date_and_what_stands_beside_one_can_be_changed(resolved: Make) -> None:
    changed = seen(resolved(), "--param", "window.open=false", "--param", "window.from=2026-05-05")

    assert changed == {"made": "(1+0j)", "from": "05.05.2026", "open": False, "factor": 3}


def test_two_volumes_at_one_path_are_refused(resolved: Make) -> None:
    made = resolved(
        extra_volumes={
            "look": [{"mount_path": "/home/kedro/data", "volume": {"name": "mine", "emptyDir": {}}}]
        }
    )

    process = made.kubeflow("compile", check=False)

    assert process.returncode == 2
    assert "step 'look': two volumes are mounted at '/home/kedro/data'" in (
        process.stdout + process.stderr
    )
    assert not (made.path / "pipeline.yml").exists()
