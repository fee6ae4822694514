"""The workflows of some configurations, whole, as they were read and found right.

``tox -e golden`` writes them anew; whoever commits them has read them.
"""

from __future__ import annotations

from pathlib import Path

import kfp
import pytest
import yaml
from golden.cases import CATALOG, PARAMETERS, REGISTRY
from hera.workflows.models import Workflow

from projects import make_project

HERE = Path(__file__).parent
CASES = sorted(item.name for item in HERE.iterdir() if (item / "kubeflow.yaml").is_file())

# The version of kfp stands in each workflow, and nothing is blanked before comparing.
GOLDEN_KFP = "1.8.24"


@pytest.mark.skipif(
    kfp.__version__ != GOLDEN_KFP, reason=f"they were compiled with kfp {GOLDEN_KFP}"
)
@pytest.mark.parametrize("case", CASES)
def test_the_workflow_is_as_it_was(case: str, tmp_path: Path, pytestconfig: pytest.Config) -> None:
    config = yaml.safe_load((HERE / case / "kubeflow.yaml").read_text(encoding="utf-8"))
    project = make_project(tmp_path / "shop", REGISTRY, CATALOG, PARAMETERS, kubeflow=config)
    project.kubeflow("compile", "-o", "workflow.yaml", KEDRO_CONFIG_COMMIT_ID="abc123")
    compiled = (project.path / "workflow.yaml").read_text(encoding="utf-8")
    golden = HERE / case / "workflow.yaml"
    if pytestconfig.getoption("--rewrite-golden"):
        golden.write_text(compiled, encoding="utf-8")
    assert compiled == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("case", CASES)
def test_argos_own_model_reads_the_workflow_and_gives_it_back(case: str) -> None:
    workflow = yaml.safe_load((HERE / case / "workflow.yaml").read_text(encoding="utf-8"))
    model = Workflow.parse_obj(workflow)
    assert yaml.safe_load(model.json(exclude_none=True, by_alias=True)) == workflow
