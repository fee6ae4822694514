"""The labels of tox.ini, from which .ci/run and GitHub's workflows take what they run."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / ".ci/environments"

pytestmark = pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a git checkout")

TOX_INI = """\
[tox]
env_list =
    lint
    py39-kedro{0181,0181-lowest}
    py313-kedro1{,-mlflow}
labels =
    # What a pull request runs.
    ci = lint, py39-kedro{0181,0181-lowest},\\
        py313-kedro1
    all = lint,py313-kedro1{,-mlflow}
    wrong = lint,py39-kedro1
"""


def run_script(root: Path, *labels: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, root / ".ci/environments", *labels],
        check=False,
        capture_output=True,
        encoding="utf-8",
    )


def matrix(root: Path, *labels: str) -> list[dict[str, Any]]:
    done = run_script(root, *labels)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 1, "GitHub's outputs are lines"
    found: list[dict[str, Any]] = json.loads(done.stdout)["include"]
    return found


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / ".ci").mkdir()
    shutil.copy(SCRIPT, tmp_path / ".ci")
    (tmp_path / "tox.ini").write_text(TOX_INI)
    return tmp_path


def test_a_label_is_a_matrix_with_the_python_of_each_name(repository: Path) -> None:
    assert matrix(repository, "ci") == [
        {"env": "lint", "python": "3.11"},
        {"env": "py39-kedro0181", "python": "3.9"},
        {"env": "py39-kedro0181-lowest", "python": "3.9"},
        {"env": "py313-kedro1", "python": "3.13"},
    ]


def test_what_two_labels_have_is_there_once(repository: Path) -> None:
    names = [item["env"] for item in matrix(repository, "all", "ci")]

    assert names == [
        "lint",
        "py313-kedro1",
        "py313-kedro1-mlflow",
        "py39-kedro0181",
        "py39-kedro0181-lowest",
    ]


@pytest.mark.parametrize(
    ("labels", "code", "message"),
    [
        ([], 2, "Usage: .ci/environments LABEL..."),
        (["ci", "nightly"], 1, "tox.ini: no label 'nightly'; there are all, ci, wrong"),
        (["wrong"], 1, "tox.ini: label 'wrong': 'py39-kedro1' is not in env_list"),
    ],
)
def test_what_is_refused(repository: Path, labels: list[str], code: int, message: str) -> None:
    done = run_script(repository, *labels)

    assert (done.returncode, done.stdout, done.stderr) == (code, "", f"{message}\n")


def test_tox_reads_the_labels_alike() -> None:
    # The tox that tox.ini asks for: the one in .venv would wait for the tox that runs this test.
    tox = ROOT / ".tox/.tox/bin/tox"
    if not tox.exists():
        pytest.skip("tox has not run in this folder yet")
    for label in ("ci", "extra", "newest"):
        listed = subprocess.run(
            [tox, "list", "-q", "--no-desc", "-m", label],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert listed.stdout.split() == [item["env"] for item in matrix(ROOT, label)]


def test_the_labels_of_this_repository() -> None:
    ci, extra, newest = (
        [x["env"] for x in matrix(ROOT, name)] for name in ("ci", "extra", "newest")
    )

    assert {"lint", "types", "imports", "docs", "demo"} <= set(ci)
    assert not set(ci) & set(extra), "each environment is in one list"
    assert all("newest" in name for name in newest)
    # Each Python and each line of Kedro that the plugin supports is tested before a change lands.
    factors = {factor for name in ci + extra for factor in name.split("-")}
    assert {"py39", "py310", "py311", "py312", "py313"} <= factors
    assert {"kedro0181", "kedro01814", "kedro019", "kedro10", "kedro1"} <= factors
    assert {"lowest", "kfp1822", "mlflow"} <= factors


def test_the_one_list_is_what_is_run() -> None:
    workflows = ROOT / ".github/workflows"

    assert "tox run -m ci " in (ROOT / ".ci/run").read_text()
    assert ".ci/environments ci extra)" in (workflows / "ci.yml").read_text()
    assert ".ci/environments newest)" in (workflows / "newest.yml").read_text()
