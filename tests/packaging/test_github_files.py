"""The files in .github that GitHub reads: of the right form, and with pinned actions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

ROOT = Path(__file__).parents[2]
GITHUB = ROOT / ".github"
WORKFLOWS = sorted(GITHUB.glob("workflows/*.yml"))
FORMS = sorted(path for path in GITHUB.glob("ISSUE_TEMPLATE/*.yml") if path.name != "config.yml")

pytestmark = pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a git checkout")


@pytest.mark.parametrize(
    ("schema", "files"),
    [
        ("vendor.github-workflows", WORKFLOWS),
        ("custom.github-workflows-require-timeout", WORKFLOWS),
        ("vendor.github-issue-forms", FORMS),
        ("vendor.github-issue-config", [GITHUB / "ISSUE_TEMPLATE/config.yml"]),
        ("vendor.dependabot", [GITHUB / "dependabot.yml"]),
    ],
)
def test_github_takes_them(schema: str, files: list[Path]) -> None:
    check_jsonschema = pytest.importorskip("check_jsonschema")
    assert files
    arguments = ["--builtin-schema", schema, *map(str, files)]
    checked = CliRunner().invoke(check_jsonschema.main, arguments)
    if checked.exit_code == 2 and f"{schema!r} is not one of" in checked.output:
        pytest.skip("this check-jsonschema is too old to know the schema")
    assert checked.exit_code == 0, checked.output


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_to_a_commit_and_say_which_version_it_is(path: Path) -> None:
    used = re.findall(r"^\s*(?:- )?uses: (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)

    assert used
    for action in used:
        assert action.startswith("./") or re.fullmatch(
            r"[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action
        ), action


def test_an_action_has_one_version() -> None:
    pins: dict[str, set[str]] = {}
    for path in WORKFLOWS:
        for name, pin in re.findall(r"uses: ([\w./-]+)@(.+)$", path.read_text(), re.MULTILINE):
            pins.setdefault(name, set()).add(pin)

    assert "actions/checkout" in pins
    assert {name: found for name, found in pins.items() if len(found) > 1} == {}


def jobs(path: Path) -> Iterator[dict[str, Any]]:
    yield from yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"].values()


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_nothing_may_do_more_than_it_must(path: Path) -> None:
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))

    assert workflow["permissions"] == {"contents": "read"}
    for job in jobs(path):
        uses = [step["uses"].partition("@")[0] for step in job.get("steps", []) if "uses" in step]
        if "permissions" in job:
            # A job with more rights runs none of the repository's code.
            assert "actions/checkout" not in uses
        for step in job.get("steps", []):
            assert "${{" not in step.get("run", ""), "an expression could bring its own commands"
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False


def test_nothing_is_published_before_the_name_on_pypi_is_settled() -> None:
    workflow = yaml.safe_load((GITHUB / "workflows/release.yml").read_text(encoding="utf-8"))
    publishing = {
        name: job
        for name, job in workflow["jobs"].items()
        if any("pypi-publish" in step.get("uses", "") for step in job.get("steps", []))
    }

    assert list(publishing) == ["pypi"]
    job = publishing["pypi"]
    assert job["if"] == (
        "vars.PYPI_PROJECT != '' && vars.PYPI_PROJECT == needs.build.outputs.project"
    )
    assert job["environment"] == {"name": "pypi"}
    assert set(workflow["jobs"]["attest"]["needs"]) == {"ci", "build", "test-wheel"}
    assert "attest" in job["needs"], "what was not tested is not published"
