"""The picture in the documentation is what ``kedro kubeflow graph`` draws of the starter, byte for byte."""

from __future__ import annotations

from pathlib import Path

import kedro
import pytest
from test_starter import run_kedro

PICTURE = Path(__file__).parents[3] / "docs/images/spaceflights.svg"
CONFIG = "project_name: Shuttle Prices\nrepo_name: shuttle-prices\npython_package: shuttle_prices\n"


@pytest.mark.skipif(
    int(kedro.__version__.partition(".")[0]) < 1,
    reason="drawn with Kedro 1, which orders nodes its way",
)
def test_the_picture_in_the_documentation(tmp_path: Path) -> None:
    (tmp_path / "project.yml").write_text(CONFIG, encoding="utf-8")
    run_kedro("new", "--starter=kubeflow-spaceflights", "--config=project.yml", cwd=tmp_path)
    project = tmp_path / "shuttle-prices"

    run_kedro("kubeflow", "graph", "-o", "spaceflights.svg", cwd=project)

    drawn = (project / "spaceflights.svg").read_bytes()
    assert drawn == PICTURE.read_bytes(), f"look at it, then copy {project}/spaceflights.svg there"
