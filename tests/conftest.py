"""Options and fixtures that all tests share."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from projects import Project, make_project

# Tests run their projects as a user's terminal would, not as whoever runs the tests has set his own up.
for name in [key for key in os.environ if key.startswith(("KEDRO_", "KUBEFLOW_", "IAP_"))]:
    del os.environ[name]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--rewrite-golden", action="store_true", help="write the golden workflows anew; read them"
    )


@pytest.fixture
def project(tmp_path: Path) -> Callable[..., Project]:
    """Makes a Kedro project in a folder of its own, see :func:`projects.make_project`."""

    def make(registry: str = TWO_NODES, **options: Any) -> Project:
        options.setdefault("catalog", TWO_NODES_CATALOG)
        options.setdefault("parameters", {"factor": 3, "nested": {"a": {"b": "text"}}})
        options.setdefault("files", {"data/01_raw/raw.json": "[1, 2, 3]\n"})
        return make_project(tmp_path / "shop", registry, **options)

    return make


TWO_NODES = """
def split(raw):
    return [x for x in raw if x % 2], [x for x in raw if not x % 2]


def total(odd, even, factor):
    return {"odd": sum(odd) * factor, "even": sum(even) * factor}


def register_pipelines():
    return {
        "__default__": Pipeline([
            node(split, "raw", ["odd", "even"], name="split"),
            node(total, ["odd", "even", "params:factor"], "result", name="total", tags=["sums"]),
        ]),
        "just_split": Pipeline([node(split, "raw", ["odd", "even"], name="split")]),
    }
"""

TWO_NODES_CATALOG = {
    "raw": {"type": "shop.datasets.JSONFile", "filepath": "data/01_raw/raw.json"},
    "result": {"type": "shop.datasets.JSONFile", "filepath": "data/08_reporting/result.json"},
}
