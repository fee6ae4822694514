"""The wheel that users install: complete, and nothing but the package."""

from __future__ import annotations

import configparser
import email
import shutil
import subprocess
import sys
import zipfile
from importlib import import_module
from pathlib import Path

import click
import kedro.framework.cli.starters
import pytest

import kedro_kubeflow

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "kedro_kubeflow"
STARTER = "kedro_kubeflow/scaffold/starters/kubeflow-spaceflights/{{ cookiecutter.repo_name }}"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel built from this source tree."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    (path,) = folder.glob("*.whl")
    return zipfile.ZipFile(path)


@pytest.fixture(scope="module")
def dist_info(wheel: zipfile.ZipFile) -> str:
    return f"kedro_kubeflow-{kedro_kubeflow.__version__}.dist-info"


def package_files() -> dict[str, bytes]:
    return {
        path.relative_to(ROOT).as_posix(): path.read_bytes()
        for path in PACKAGE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_wheel_is_the_package_byte_for_byte(wheel: zipfile.ZipFile, dist_info: str) -> None:
    shipped = {
        name: wheel.read(name) for name in wheel.namelist() if not name.startswith(dist_info)
    }
    expected = package_files()

    assert sorted(shipped) == sorted(expected)
    assert [name for name in expected if shipped[name] != expected[name]] == []


@pytest.mark.parametrize(
    "name",
    [
        "conf/base/catalog.yml",
        "conf/base/kubeflow.yaml",
        "conf/local/.gitkeep",
        "data/01_raw/companies.csv",
        "data/01_raw/shuttles.xlsx",
        "src/{{ cookiecutter.python_package }}/pipeline_registry.py",
        ".dockerignore",
        ".gitignore",
        "Dockerfile",
    ],
)
def test_the_wheel_holds_the_starter(wheel: zipfile.ZipFile, name: str) -> None:
    assert f"{STARTER}/{name}" in wheel.namelist()


def test_entry_points(wheel: zipfile.ZipFile, dist_info: str) -> None:
    parser = configparser.ConfigParser()
    parser.read_string(wheel.read(f"{dist_info}/entry_points.txt").decode())
    found = {group: dict(parser[group]) for group in parser.sections()}

    assert found == {
        # Global, so that outside a Kedro project there is an answer too.
        "kedro.global_commands": {"kubeflow": "kedro_kubeflow.cli:commands"},
        "kedro.starters": {"kubeflow": "kedro_kubeflow.scaffold.starters:starters"},
    }


def test_the_commands_are_a_click_group() -> None:
    commands = import_module("kedro_kubeflow.cli").commands

    assert isinstance(commands, click.Group)
    assert "kubeflow" in commands.commands


@pytest.mark.skipif(
    not hasattr(kedro.framework.cli.starters, "KedroStarterSpec"),
    reason="Kedro takes starters from plugins since 0.18.5",
)
def test_the_starters_are_specifications_that_lead_to_folders() -> None:
    starters = import_module("kedro_kubeflow.scaffold.starters").starters

    assert [spec.alias for spec in starters] == ["kubeflow-spaceflights"]
    for spec in starters:
        assert isinstance(spec, kedro.framework.cli.starters.KedroStarterSpec)
        assert Path(spec.template_path, "cookiecutter.json").is_file()


def test_metadata(wheel: zipfile.ZipFile, dist_info: str) -> None:
    metadata = email.message_from_bytes(wheel.read(f"{dist_info}/METADATA"))

    assert metadata["Name"] == "kedro-kubeflow"
    assert metadata["Version"] == kedro_kubeflow.__version__
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata["Requires-Python"] == ">=3.9"
    assert f"{dist_info}/licenses/LICENSE" in wheel.namelist()


@pytest.mark.skipif(
    shutil.which("git") is None or not (ROOT / ".git").exists(), reason="not a git checkout"
)
def test_git_ignores_no_file_of_the_package() -> None:
    """The ``.gitignore`` of a project template is in force here too, and could hide its data."""
    listed = subprocess.run(
        ["git", "ls-files", "--others", "--ignored", "--exclude-standard", "-z", "--", PACKAGE],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split("\0")

    assert [name for name in listed if name and "__pycache__" not in name] == []
