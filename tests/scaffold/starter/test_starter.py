"""`kedro new --starter=kubeflow-spaceflights` makes a project that works, on every Kedro."""

from __future__ import annotations

import ast
import json
import os
import pickle
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import kedro
import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence

kedro_starters = pytest.importorskip("kedro.framework.cli.starters")
if not hasattr(kedro_starters, "KedroStarterSpec"):
    pytest.skip("Kedro reads the entry points kedro.starters from 0.18.5", allow_module_level=True)

pd = pytest.importorskip("pandas")
pytest.importorskip("kedro_datasets")

ALIAS = "kubeflow-spaceflights"
NAMESPACES = ("active_modelling_pipeline", "candidate_modelling_pipeline")
HAS_NAME_OPTION = not kedro.__version__.startswith("0.18.")

CONFIG = "project_name: Moon Taxi\nrepo_name: moon-taxi\npython_package: moon_taxi\n"


def run_kedro(
    *arguments: str, cwd: Path, typed: str = "", exit_code: int = 0
) -> subprocess.CompletedProcess[str]:
    """Runs a kedro command as a person would, and expects its exit code."""
    environment = {
        **os.environ,
        # cookiecutter and kedro-telemetry leave files at home.
        "HOME": str(cwd),
        "DO_NOT_TRACK": "1",
        "KEDRO_DISABLE_TELEMETRY": "1",
        # Kedro 0.19 asks the network for this where it is unset, whatever the starter.
        "KEDRO_STARTERS_VERSION": kedro.__version__,
        # Or the log is wrapped at 80 columns.
        "COLUMNS": "400",
    }
    finished = subprocess.run(
        [sys.executable, "-m", "kedro", *arguments],
        cwd=cwd,
        env=environment,
        input=typed,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
        timeout=300,
    )
    assert finished.returncode == exit_code, finished.stdout
    return finished


def new_project(folder: Path) -> Path:
    config = folder / "project.yml"
    config.write_text(CONFIG, encoding="utf-8")
    run_kedro("new", f"--starter={ALIAS}", "--config", str(config), cwd=folder)
    return folder / "moon-taxi"


def files_below(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def template_folder() -> Path:
    from kedro_kubeflow.scaffold.starters import starters

    (spec,) = starters
    return Path(spec.template_path) / "{{ cookiecutter.repo_name }}"


def files_of_the_template() -> set[str]:
    return {
        name.replace("{{ cookiecutter.python_package }}", "moon_taxi")
        for name in files_below(template_folder())
        if "__pycache__" not in name
    }


@pytest.fixture(scope="module")
def new_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project as it comes; not to be changed."""
    return new_project(tmp_path_factory.mktemp("new"))


@pytest.fixture(scope="module")
def run_once(new_once: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A project that has run, and what that run printed; not to be changed."""
    project = shutil.copytree(new_once, tmp_path_factory.mktemp("run") / "moon-taxi")
    return project, run_kedro("run", cwd=project).stdout


@pytest.fixture
def project(run_once: tuple[Path, str], tmp_path: Path) -> Path:
    """A project that has run, of one's own."""
    return shutil.copytree(run_once[0], tmp_path / "moon-taxi")


def read_metrics(project: Path, namespace: str) -> dict[str, object]:
    path = project / "data/08_reporting" / namespace / "metrics.json"
    return json.loads(path.read_text(encoding="utf-8"))


def test_kedro_lists_the_starter(tmp_path: Path) -> None:
    listed = run_kedro("starter", "list", cwd=tmp_path).stdout

    assert "Starters from kedro_kubeflow" in listed, "install this package: pip install -e ."
    assert ALIAS in listed


def test_project_is_rendered_whole(new_once: Path) -> None:
    made = files_below(new_once)

    assert made == files_of_the_template()
    assert {".dockerignore", ".gitignore", "conf/local/.gitkeep"} < made
    for name in made - {"data/01_raw/shuttles.xlsx"}:
        text = (new_once / name).read_text(encoding="utf-8")
        assert not re.search(r"\{\{|\}\}|cookiecutter|\{%", text), name
    for name in ("companies.csv", "reviews.csv", "shuttles.xlsx"):
        raw = Path("data/01_raw") / name
        assert (new_once / raw).read_bytes() == (template_folder() / raw).read_bytes()


def test_requirements_are_those_the_project_was_made_with(new_once: Path) -> None:
    from kedro_kubeflow import __version__

    lines = (new_once / "requirements.txt").read_text(encoding="utf-8").splitlines()

    assert f"kedro~={kedro.__version__}" in lines
    assert f"kedro-kubeflow=={__version__}" in lines


def test_image_and_folder_fit_together(new_once: Path) -> None:
    import yaml

    config = yaml.safe_load((new_once / "conf/base/kubeflow.yaml").read_text(encoding="utf-8"))
    dockerfile = (new_once / "Dockerfile").read_text(encoding="utf-8")

    assert config["run_config"]["image"] == "moon-taxi:latest"
    assert f"WORKDIR {config['run_config']['project_path']}\n" in dockerfile


def test_what_init_writes_compiles_the_starter_unchanged(new_once: Path, tmp_path: Path) -> None:
    project = shutil.copytree(new_once, tmp_path / "moon-taxi")
    said = run_kedro("kubeflow", "init", "http://localhost:8080", "--force", cwd=project).stdout
    assert "/home/kedro is a guess" not in said, "the Dockerfile says it"
    assert "no Dockerfile" not in said
    assert "requirements.txt" not in said, "the plugin is in it"

    compiled = run_kedro("kubeflow", "compile", cwd=project).stdout

    # One for each node.
    assert "Workflow written to pipeline.yml: 9 steps" in compiled


@pytest.mark.skipif(not HAS_NAME_OPTION, reason="Kedro 0.18 has no `kedro new --name`")
def test_name_option_is_enough(tmp_path: Path) -> None:
    run_kedro("new", f"--starter={ALIAS}", "--name", "Mars Bus", cwd=tmp_path)

    assert (tmp_path / "mars-bus/src/mars_bus/settings.py").is_file()


def test_name_can_be_typed(tmp_path: Path) -> None:
    run_kedro("new", f"--starter={ALIAS}", cwd=tmp_path, typed="Mars Bus\n")

    assert (tmp_path / "mars-bus/src/mars_bus/settings.py").is_file()


def test_kedro_can_read_the_types_of_parameters_on_every_python(new_once: Path) -> None:
    """On Python 3.10 Kedro 1.3 and later take ``dict[str, Any]`` for a class, and ``kedro run`` fails."""
    for path in new_once.glob("src/*/pipelines/*/nodes.py"):
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef):
                for argument in function.args.args:
                    assert not isinstance(argument.annotation, ast.Subscript), ast.dump(argument)


def test_run_leaves_exactly_the_catalog_files(run_once: tuple[Path, str]) -> None:
    project, _ = run_once
    made = files_below(project / "data") - files_below(template_folder() / "data")

    versions = {name.split("/")[-2] for name in made if name.startswith("06_models/")}
    (version,) = versions  # both models of a run have one version

    # The splits are in memory: nothing of them is here.
    assert made == {
        "02_intermediate/companies.csv",
        "02_intermediate/shuttles.csv",
        "03_primary/model_input_table.csv",
        *(f"06_models/{name}/regressor.pkl/{version}/regressor.pkl" for name in NAMESPACES),
        *(f"08_reporting/{name}/metrics.json" for name in NAMESPACES),
    }


def test_tables_are_clean(run_once: tuple[Path, str]) -> None:
    project, _ = run_once
    companies = pd.read_csv(project / "data/02_intermediate/companies.csv")
    shuttles = pd.read_csv(project / "data/02_intermediate/shuttles.csv")
    table = pd.read_csv(project / "data/03_primary/model_input_table.csv")

    assert companies["company_id"].is_unique
    assert companies["on_time_rate"].dropna().between(0.5, 1).all()
    assert companies["licensed"].dtype == bool
    assert companies["home_port"].nunique() == 5
    assert shuttles["shuttle_id"].is_unique
    assert shuttles["hull_checked"].dtype == bool
    assert set(shuttles["engine"]) == {"ion", "plasma", "fusion", "unknown"}
    assert table["shuttle_id"].is_unique
    assert table["day_rate"].between(100, 10_000).all()
    assert set(table["company_id"]) <= set(companies["company_id"])
    assert 300 < len(table) < len(shuttles)
    assert table["overall"].isna().any()  # a shuttle without a review stays in


def test_models_have_learnt_something(run_once: tuple[Path, str]) -> None:
    project, log = run_once
    active, candidate = (read_metrics(project, namespace) for namespace in NAMESPACES)

    assert (active["model"], candidate["model"]) == ("Ridge", "GradientBoostingRegressor")
    for metrics in (active, candidate):
        assert metrics["test_rows"] == 100
        assert 0.7 < metrics["r2"] < 0.99
        assert metrics["mean_absolute_error"] < metrics["baseline_mean_absolute_error"] / 2
        assert f"{metrics['model']}: R2 {metrics['r2']:.3f}" in log
    assert candidate["mean_absolute_error"] < active["mean_absolute_error"] * 0.85


def test_saved_model_predicts(run_once: tuple[Path, str]) -> None:
    project, _ = run_once
    table = pd.read_csv(project / "data/03_primary/model_input_table.csv")
    (path,) = (project / "data/06_models" / NAMESPACES[1]).glob("*/*/regressor.pkl")
    regressor = pickle.loads(path.read_bytes())

    error = (regressor.predict(table) - table["day_rate"]).abs().mean()

    assert error < 0.3 * (table["day_rate"] - table["day_rate"].mean()).abs().mean()


def test_run_gives_no_warning_of_ours(run_once: tuple[Path, str]) -> None:
    _, log = run_once

    warned = [line for line in log.splitlines() if "WARNING" in line or "Warning" in line]

    assert not [line for line in warned if "moon_taxi" in line or "sklearn" in line]


def test_its_log_shows_the_pipeline_and_no_deprecations(run_once: tuple[Path, str]) -> None:
    assert "Running node: clean_companies" in run_once[1]
    assert "deprecated" not in run_once[1]


def test_second_run_with_other_parameters_adds_a_version(project: Path) -> None:
    before = read_metrics(project, NAMESPACES[0])
    alpha = f"{NAMESPACES[0]}.model_options.regressor.options.alpha"

    run_kedro("run", "--pipeline=data_science", f"--params={alpha}=1000.0", cwd=project)

    assert read_metrics(project, NAMESPACES[0])["r2"] < before["r2"] - 0.1
    for namespace in NAMESPACES:
        assert len(list((project / "data/06_models" / namespace).glob("*/*/regressor.pkl"))) == 2


def test_unknown_model_is_refused_with_the_known_ones(project: Path) -> None:
    kind = f"{NAMESPACES[0]}.model_options.regressor.kind"

    log = run_kedro(
        "run", "--pipeline=data_science", f"--params={kind}=magic", cwd=project, exit_code=1
    ).stdout

    assert "'magic' is not one of ['ridge', 'random_forest', 'gradient_boosting']" in log


REPORTS = {
    "as in the file": ("", {"status": "Running", "failed_steps": []}),
    "nothing failed": (
        "status: Succeeded\nfailures: null\n",
        {"status": "Succeeded", "failed_steps": []},
    ),
    "steps failed": (
        """
status: Failed
failures:
  - displayName: train-regressor
    message: OOMKilled (exit code 137)
    templateName: train-regressor
    phase: Failed
  - phase: Error
""",
        {
            "status": "Failed",
            "failed_steps": [
                {"step": "train-regressor", "message": "OOMKilled (exit code 137)"},
                {"step": "a step without a name", "message": "no message"},
            ],
        },
    ),
}


@pytest.mark.parametrize("case", REPORTS)
def test_notify_reports_the_end_of_a_run(project: Path, case: str) -> None:
    parameters, report = REPORTS[case]
    (project / "conf/local/parameters.yml").write_text(parameters, encoding="utf-8")

    log = run_kedro("run", "--pipeline=notify", cwd=project).stdout

    path = project / "data/08_reporting/run_report.json"
    assert json.loads(path.read_text(encoding="utf-8")) == report
    assert all(failed["message"] in log for failed in report["failed_steps"])


def git(*arguments: str, cwd: Path) -> Sequence[str]:
    command = ["git", "-c", "core.excludesFile=", *arguments]
    return subprocess.run(
        command, cwd=cwd, stdout=subprocess.PIPE, encoding="utf-8", check=True
    ).stdout.splitlines()


def test_git_takes_the_project_and_leaves_what_runs_make(project: Path) -> None:
    for name in (".kedro-kubeflow/x", "pipeline.yml", "conf/local/credentials.yml", "wheels/a.whl"):
        (project / name).parent.mkdir(exist_ok=True)
        (project / name).write_text("", encoding="utf-8")
    git("init", "--quiet", cwd=project)

    taken = set(git("ls-files", "--others", "--exclude-standard", cwd=project))

    assert taken == files_of_the_template()
