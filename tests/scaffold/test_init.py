"""``kedro kubeflow init`` as users type it: what it writes, leaves alone, refuses and advises."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from kedro_kubeflow import __version__
from kedro_kubeflow.cli import kubeflow
from projects import Project

Make = Callable[..., Project]
URL = "https://kubeflow.example.com/pipeline"
CONFIG = "conf/base/kubeflow.yaml"


def files(folder: Path) -> dict[str, bytes]:
    found = (
        item for item in folder.rglob("*") if item.is_file() and "__pycache__" not in item.parts
    )
    return {item.relative_to(folder).as_posix(): item.read_bytes() for item in found}


def folders(folder: Path) -> set[str]:
    return {item.relative_to(folder).as_posix() for item in folder.rglob("*") if item.is_dir()}


def refused(project: Project, *arguments: str) -> str:
    """Runs ``init``, which must fail and leave everything as it is; gives what it said."""
    before = files(project.path.parent), folders(project.path / "conf")
    process = project.kubeflow("init", *arguments, check=False)
    said: str = process.stdout + process.stderr
    assert process.returncode in (1, 2), said
    assert "Traceback" not in said
    assert (files(project.path.parent), folders(project.path / "conf")) == before
    return said


def read(project: Project, name: str = CONFIG) -> Any:
    return yaml.safe_load((project.path / name).read_text(encoding="utf-8"))


def test_a_file_that_compiles_with_the_folder_of_the_image(project: Make) -> None:
    made = project()
    made.write("Dockerfile", "FROM python:3.11\nWORKDIR /opt\nCOPY . .\nWORKDIR shop\n")
    assert "kubeflow.yaml: the file exists; --force overwrites it" in refused(made, URL)
    said = made.kubeflow("init", URL, "--force").stdout
    assert read(made)["host"] == URL
    assert str(made.path / CONFIG) in said
    assert "no Dockerfile" not in said
    assert "guess" not in said
    assert f"Add kedro-kubeflow=={__version__} to requirements.txt" in said
    assert "Set run_config.image in kubeflow.yaml" in said

    defaults = made.compile()["spec"]["templateDefaults"]["container"]
    assert defaults["workingDir"] == "/opt/shop"
    assert defaults["image"] == "shop:latest"


def test_advice_without_an_image(project: Make) -> None:
    made = project(files={"requirements.txt": "kedro\nkedro_kubeflow[gcp]>=1\n"})
    (made.path / CONFIG).unlink()
    said = made.kubeflow("init", URL).stdout
    assert "Add a Dockerfile" in said
    assert "/home/kedro is a guess" in said
    assert "into requirements.txt" not in said


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("localhost", "it must begin with http:// or https://"),
        ("ftp://kubeflow.example.com", "it must begin with"),
        ("https://", "it names no host"),
        ("https://:8080/pipeline", "it names no host"),
        ("https://kubeflow.example.com:eighty", "Port"),
        ("https://kubeflow.example.com:99999", "Port"),
        ("https://kube flow.example.com", "a character in it that no address has"),
        ("https://kubeflow.example.com/\x1b[1m", "a character in it"),
        ("https://me:word@kubeflow.example.com", "a user or password does not belong"),
    ],
)
def test_no_address(url: str, problem: str) -> None:
    # It is looked at before the project is, so there need not be one.
    result = CliRunner().invoke(kubeflow, ["init", url, "--force"])
    assert result.exit_code == 2
    assert problem in result.output
    assert "https://kubeflow.example.com/pipeline" in result.output


ODD_URL = "https://kubeflow.example.com:8443/a:{b}/#/pipelines?x='y'&z=\"%20\":"
ODD_PYPROJECT = """\
[tool.kedro]
package_name = "shop"
project_name = 'Shop: {x} # "1" ${y} — 店'
"""


def test_odd_names_in_folders_of_the_projects_own(project: Make) -> None:
    settings = """
    CONF_SOURCE = "settings of ours"
    CONFIG_LOADER_ARGS = {"base_env": "common", "default_run_env": "local"}
    """
    made = project(settings=settings)
    version = [
        line
        for line in (made.path / "pyproject.toml").read_text().splitlines()
        if "version" in line
    ]
    made.write("pyproject.toml", ODD_PYPROJECT + "\n".join(version) + "\n")
    (made.path / "conf").rename(made.path / "settings of ours")
    (made.path / "settings of ours/base").rename(made.path / "settings of ours/common")
    (made.path / "settings of ours/common/kubeflow.yaml").unlink()
    made.write("Dockerfile", 'FROM python:3.11\nWORKDIR "/opt/shop: #1"\n')

    made.kubeflow("init", ODD_URL)

    assert not (made.path / "conf").exists()
    found = read(made, "settings of ours/common/kubeflow.yaml")
    assert found["host"] == ODD_URL
    assert found["run_config"]["experiment_name"] == 'Shop: {x} # "1" {y} — 店'
    assert found["run_config"]["project_path"] == "/opt/shop: #1"
    made.compile()


def test_the_other_suffix_is_the_file_too(project: Make) -> None:
    made = project()
    (made.path / CONFIG).rename(made.path / "conf/base/kubeflow.yml")
    assert "kubeflow.yml: the file exists" in refused(made, URL)
    made.kubeflow("init", URL, "--force")
    assert read(made, "conf/base/kubeflow.yml")["host"] == URL
    assert not (made.path / CONFIG).exists()


@pytest.mark.parametrize(
    "obstacle", [".github", ".github/workflows/kubeflow-merge.yml/folder/file"]
)
def test_all_files_or_none(project: Make, obstacle: str) -> None:
    """One of them cannot be made, or cannot be replaced: that is seen only when others have been."""
    made = project()
    made.write(obstacle, "in the way")
    said = refused(made, URL, "--with-github-actions", "--force")
    assert "the file cannot be written" in said
    assert not list(made.path.rglob(".kubeflow*"))


def test_a_link_stays_a_link(project: Make, tmp_path: Path) -> None:
    made = project()
    elsewhere = tmp_path / "elsewhere.yaml"
    (made.path / CONFIG).rename(elsewhere)
    (made.path / CONFIG).symlink_to(elsewhere)
    made.kubeflow("init", URL, "--force")
    assert (made.path / CONFIG).is_symlink()
    assert yaml.safe_load(elsewhere.read_text(encoding="utf-8"))["host"] == URL
