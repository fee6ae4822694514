"""Parameters that Kedro makes pydantic models or dataclasses of, from a node's annotations."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from projects import KEDRO, Project

pytestmark = pytest.mark.skipif(KEDRO < (1, 3), reason="Kedro has typed parameters since 1.3")

REGISTRY = """
from dataclasses import asdict, dataclass, field
from typing import Optional

try:
    from pydantic import BaseModel, Field

    class Regressor(BaseModel):
        depth: int = 3
        name: str = "ridge"

    class Training(BaseModel):
        regressor: Regressor = Field(default_factory=Regressor)
        rate: float
        seed: Optional[int] = None
except ImportError:
    Training = None


@dataclass
class Limits:
    low: float
    high: float = 1.5
    names: list = field(default_factory=list)


def describe(value):
    return [type(value).__name__, value.model_dump() if hasattr(value, "model_dump") else asdict(value)]


def train(options: Training):
    return [*describe(options), type(options.regressor).__name__]


def check(limits: Limits, untyped, low):
    return [*describe(limits), untyped, low, type(limits.low).__name__]


def together(limits: Limits, everything):
    return [*describe(limits), everything if isinstance(everything, list) else sorted(everything)]


def register_pipelines():
    nodes = [
        node(check, ["params:limits", "params:plain", "params:limits.low"], "checked"),
        node(together, ["params:limits", "parameters"], "all"),
    ]
    if hasattr(Training, "model_dump"):
        nodes.append(node(train, "params:model.training", "trained"))
    return {"__default__": Pipeline(nodes)}
"""

PARAMETERS: dict[str, Any] = {
    "limits": {"low": 0.25, "names": ["a"]},
    "plain": {"low": 1},
    "model": {"training": {"rate": "0.5", "regressor": {"depth": "7"}}, "other": 1},
}
RESULTS = ("checked", "all", "trained")
CATALOG = {
    name: {"type": "shop.datasets.JSONFile", "filepath": f"data/{name}.json"} for name in RESULTS
}
MakeProject = Callable[..., Project]


def results(folder: Path) -> dict[str, Any]:
    return {path.stem: json.loads(path.read_text()) for path in folder.glob("*.json")}


@pytest.mark.parametrize("merge_strategy", ["none", "full"])
def test_a_step_gets_the_object_that_kedro_run_gets(
    project: MakeProject, merge_strategy: str
) -> None:
    run_config = {"node_merge_strategy": merge_strategy}
    made = project(registry=REGISTRY, catalog=CATALOG, parameters=PARAMETERS, run_config=run_config)
    values = ("limits.low=4.5", "model.training.rate=2")

    made.kedro("run")
    plain = results(made.path / "data")
    made.kedro("run", f"--params={','.join(values)}")
    changed = results(made.path / "data")
    made.kubeflow("run-local", "-o", "plain")
    made.kubeflow("run-local", "-o", "changed", *(f"--param={value}" for value in values))

    assert plain["checked"][0] == "Limits"
    assert {name for name in RESULTS if plain.get(name) != changed.get(name)} >= {"checked", "all"}
    assert results(next((made.path / "plain/volumes").iterdir())) == plain
    assert results(next((made.path / "changed/volumes").iterdir())) == changed
