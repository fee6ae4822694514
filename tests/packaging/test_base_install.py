"""What an image needs: the base dependencies run every step, and the other commands say what they lack."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.metadata import requires
from pathlib import Path

import pytest
import yaml
from golden.cases import CATALOG, PARAMETERS, REGISTRY
from packaging.requirements import Requirement

from projects import Project, make_project

ROOT = Path(__file__).resolve().parents[2]

# Takes away what only the extra brings, whether it is installed or not.
WITHOUT_EXTRA = """
import sys

sys.modules.update(dict.fromkeys(("kfp", "kfp_server_api", "kubernetes", "pydantic", "google")))
"""

MakeProject = Callable[..., Project]


@pytest.fixture
def image(project: MakeProject, tmp_path: Path) -> Callable[..., Project]:
    """Makes a project in an environment without the extra."""
    (tmp_path / "sitecustomize.py").write_text(WITHOUT_EXTRA, encoding="utf-8")

    def make(**options: object) -> Project:
        made = project(**options)
        return Project(made.path, {"PYTHONPATH": f"{tmp_path}:{ROOT}"})

    return make


def test_no_base_dependency_is_of_the_compiling_side() -> None:
    parsed = [Requirement(line) for line in requires("kedro-kubeflow") or ()]
    base = {item.name.lower() for item in parsed if item.marker is None}

    assert base == {
        "click",
        "cloudpickle",
        "fsspec",
        "kedro",
        "omegaconf",
        "pyyaml",
        "requests",
        "rich",
    }


@pytest.mark.parametrize("case", ["memory", "minimal"])
def test_every_step_of_a_compiled_workflow_runs(case: str, tmp_path: Path) -> None:
    golden = ROOT / "tests" / "golden" / case
    config = yaml.safe_load((golden / "kubeflow.yaml").read_text(encoding="utf-8"))
    files = {
        "data/01_raw/raw.json": "[1, 2, 3]\n",
        "workflow.yaml": (golden / "workflow.yaml").read_text(encoding="utf-8"),
        "sitecustomize.py": WITHOUT_EXTRA,
    }
    made = make_project(
        tmp_path / "shop", REGISTRY, CATALOG, PARAMETERS, kubeflow=config, files=files
    )

    ran = Project(made.path, {"PYTHONPATH": f"{made.path}:{ROOT}"}).kedro(
        "kubeflow", "run-local", "--workflow", "workflow.yaml"
    )

    assert "Succeeded  workflow" in ran.stdout


def test_init_and_schema(image: MakeProject) -> None:
    made = image()
    made.write("conf/base/kubeflow.yaml", "")
    (made.path / "conf/base/kubeflow.yaml").unlink()

    made.kedro("kubeflow", "init", "https://kubeflow.example.com/pipeline", "--with-github-actions")
    made.kedro("kubeflow", "schema", "-o", "schema.json")

    assert "run_config" in made.read_json("schema.json")["properties"]
    assert yaml.safe_load((made.path / "conf/base/kubeflow.yaml").read_text())["host"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("compile",),
        ("check",),
        ("graph",),
        ("run-local",),
        ("run-once",),
        ("upload-pipeline",),
        ("schedule", "-c", "0 0 4 * * *"),
        ("list-pipelines",),
        ("status", "a-run"),
    ],
)
def test_a_command_that_needs_the_extra_says_what_to_type(
    image: MakeProject, arguments: tuple[str, ...]
) -> None:
    failed = image().kedro("kubeflow", *arguments, check=False)

    assert failed.returncode == 1
    assert "Traceback" not in failed.stdout + failed.stderr
    assert failed.stderr.count("Error: ") == 1
    assert "is not installed: pip install '" in failed.stderr
    assert "kfp<2" in failed.stderr


def test_a_module_that_the_project_lacks_is_the_projects_affair(project: MakeProject) -> None:
    made = project()
    made.write("src/shop/pipeline_registry.py", "import pydantic_of_mine\n")

    failed = made.kubeflow("compile", check=False)

    assert failed.returncode
    assert "pydantic_of_mine" in failed.stdout + failed.stderr
    assert "pip install" not in failed.stderr


def test_the_schema_is_that_of_the_models(pytestconfig: pytest.Config) -> None:
    schema = pytest.importorskip("kedro_kubeflow.config.schema")
    pytest.importorskip("pydantic")
    if pytestconfig.getoption("--rewrite-golden"):
        schema.SCHEMA_FILE.write_text(schema.schema_text(), encoding="utf-8")

    assert schema.SCHEMA_FILE.read_text(encoding="utf-8") == schema.schema_text()
    assert json.loads(schema.schema_text())["required"] == ["run_config"]
