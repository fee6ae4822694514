"""What the pages of the documentation tell people to write and to type is what the plugin takes."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from kedro_kubeflow.cli import kubeflow
from kedro_kubeflow.config.config_files import read_config_files
from kedro_kubeflow.config.run_config import parse_config
from kedro_kubeflow.project.placeholders import Substitutions
from projects import Project

DOCS = Path(__file__).parents[2] / "docs"
PAGES = sorted(path for path in DOCS.glob("*.md"))
EXAMPLE = DOCS / "examples/kubeflow.yaml"


def blocks(language: str) -> Iterator[Any]:
    """Fenced blocks of all pages, each with its page and line."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for found in re.finditer(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
            line = text.count("\n", 0, found.start()) + 1
            yield pytest.param(found[1], id=f"{page.name}:{line}")


def commands() -> Iterator[Any]:
    for block in blocks("console"):
        for line in block.values[0].replace("\\\n", " ").splitlines():
            words = shlex.split(line, comments=True)
            while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
                words = words[1:]
            if words[:2] == ["kedro", "kubeflow"]:
                yield pytest.param(words[2:], id=f"{block.id} {line}")


def parse(tmp_path: Path, values: Mapping[str, Any]) -> Any:
    folder = tmp_path / "conf/base"
    folder.mkdir(parents=True)
    (folder / "kubeflow.yaml").write_text(yaml.safe_dump(dict(values)))
    names = {"pipeline_name": "__default__", "project_name": "Shop"}
    files = read_config_files(tmp_path, (folder,), Substitutions({}, names, {}, {}))
    return parse_config(files)


# extending.md shows keys that are there once somebody has added them.
KEYS = [block for block in blocks("yaml") if not str(block.id).startswith("extending.md")]


@pytest.mark.parametrize("text", KEYS)
def test_yaml_is_what_kubeflow_yaml_takes(text: str, tmp_path: Path) -> None:
    found = yaml.safe_load(text)
    if isinstance(found, dict) and "run_config" in found:
        found["run_config"].setdefault("image", "registry.example.com/shop:1")
        parse(tmp_path, found)


@pytest.mark.parametrize("words", list(commands()))
def test_commands_and_their_options_are_there(words: list[str]) -> None:
    # The group's own options come first; neither parser opens a project.
    context = click.Context(kubeflow)
    _, rest, _ = kubeflow.make_parser(context).parse_args(list(words))
    command = kubeflow.get_command(context, rest[0])
    assert command is not None, f"there is no command {rest[0]!r}"
    inner = click.Context(command)
    command.make_parser(inner).parse_args(rest[1:])


def test_something_was_looked_at() -> None:
    assert len(list(blocks("yaml"))) > 15
    assert len(list(commands())) > 10


def test_the_complete_example_compiles(project: Any) -> None:
    made: Project = project(run_config=None)
    config = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))
    config["run_config"]["on_exit_pipeline"] = "just_split"
    made.write("conf/base/kubeflow.yaml", config)

    workflow = made.compile(KEDRO_CONFIG_COMMIT_ID="3f2a9c1")

    images = {
        item["container"]["image"] for item in workflow["spec"]["templates"] if "container" in item
    }
    assert images == {"registry.example.com/shuttle-prices:3f2a9c1"}
    assert workflow["spec"]["parallelism"] == 4
