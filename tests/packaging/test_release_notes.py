"""The script that cuts a release's notes from the changelog, and refuses a tag that is not ready."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import kedro_kubeflow

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / ".ci/release_notes"

pytestmark = pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a git checkout")

CHANGELOG = """\
# Changelog

## [Unreleased]

## [1.1.0] - 2030-01-31

### Added

- `graph` – draws in colour,
  and larger.
- `-o` takes
  `--output` and
  - nested items.

A last
paragraph.

## [1.0.0]

```text
two
lines
```
"""


def run_script(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, root / ".ci/release_notes", *arguments],
        check=False,
        capture_output=True,
        encoding="utf-8",
    )


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository of version 1.1.0 that is ready for its release."""
    (tmp_path / ".ci").mkdir()
    shutil.copy(SCRIPT, tmp_path / ".ci")
    (tmp_path / "kedro_kubeflow").mkdir()
    (tmp_path / "kedro_kubeflow/__init__.py").write_text('"""Doc."""\n\n__version__ = "1.1.0"\n')
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG, encoding="utf-8")
    return tmp_path


def test_the_notes_are_the_section_of_the_version(repository: Path) -> None:
    done = run_script(repository, "v1.1.0")

    assert done.returncode == 0, done.stderr
    assert done.stdout == (
        "### Added\n\n"
        "- `graph` – draws in colour, and larger.\n"
        "- `-o` takes `--output` and\n"
        "  - nested items.\n\n"
        "A last paragraph.\n"
    )


def test_a_heading_needs_no_date_and_the_last_section_ends_with_the_file(repository: Path) -> None:
    (repository / "kedro_kubeflow/__init__.py").write_text('__version__ = "1.0.0"\n')

    assert run_script(repository, "v1.0.0").stdout == "```text\ntwo\nlines\n```\n"


@pytest.mark.parametrize("tag", ["1.1.0", "v1.0.0", "v1.1.0rc1", "V1.1.0", "v1.1.0 "])
def test_a_tag_of_another_version_is_refused(repository: Path, tag: str) -> None:
    done = run_script(repository, tag)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"the tag is {tag!r}, but kedro_kubeflow/__init__.py has version '1.1.0': "
        "the tag must be 'v1.1.0'\n"
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("## [1.1.0] ", "## [1.1.1] ", "there is no section [1.1.0], or it is empty"),
        (
            CHANGELOG[CHANGELOG.index("### Added") : CHANGELOG.index("## [1.0.0]")],
            "",
            "there is no section [1.1.0], or it is empty",
        ),
        (
            "## [Unreleased]\n",
            "## [Unreleased]\n\n- A late fix.\n",
            "the section [Unreleased] is not empty: move it to [1.1.0]",
        ),
    ],
)
def test_a_changelog_that_is_not_ready_is_refused(
    repository: Path, old: str, new: str, message: str
) -> None:
    assert CHANGELOG.count(old) == 1
    (repository / "CHANGELOG.md").write_text(CHANGELOG.replace(old, new), encoding="utf-8")

    done = run_script(repository, "v1.1.0")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"CHANGELOG.md: {message}\n"


def test_it_needs_one_tag(repository: Path) -> None:
    for arguments in ([], ["v1.1.0", "v1.1.0"]):
        done = run_script(repository, *arguments)
        assert (done.returncode, done.stderr) == (2, "Usage: .ci/release_notes TAG\n")


def test_it_reads_the_version_of_this_repository() -> None:
    done = run_script(ROOT, "v0")

    assert done.returncode == 1
    assert f"the tag must be 'v{kedro_kubeflow.__version__}'" in done.stderr
