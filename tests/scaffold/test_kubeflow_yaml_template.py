"""The ``kubeflow.yaml`` that ``init`` writes knows every key there is, and no other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_origin

import pytest
import yaml
from pydantic.v1.fields import ModelField

import kedro_kubeflow
import kedro_kubeflow.config
from kedro_kubeflow.config.config_files import ConfigFiles
from kedro_kubeflow.config.pod_options.entries import ExtraVolume, RetryPolicy, Toleration
from kedro_kubeflow.config.pod_options.settings import SETTINGS
from kedro_kubeflow.config.run_config import PluginConfig, parse_config
from kedro_kubeflow.config.strict_model import StrictModel

TEMPLATE = Path(kedro_kubeflow.__file__).parent / "scaffold/templates/kubeflow.yaml"
VALUES = {
    "host": "https://kubeflow.example.com/pipeline",
    "image": "registry.example.com/shop:1",
    "name": "Shop Floor",
    "project_path": "/home/kedro",
}
TEXT = re.sub(r"<(\w+)>", lambda found: VALUES[found[1]], TEMPLATE.read_text(encoding="utf-8"))
# A line of YAML that is commented out; "# " and a word is a line of explanation.
COMMENTED = re.compile(r"^( *)#(?! \S|$)(.*)$")
# Settings by step whose values have keys of their own; the schema keeps them as plain mappings.
BY_STEP = {
    "tolerations": set(Toleration.__fields__),
    "retry_policy": set(RetryPolicy.__fields__),
    "extra_volumes": set(ExtraVolume.__fields__),
    "resources": {"requests", "limits"},
}


def blocks() -> Iterator[range]:
    """Line numbers of each run of lines that are commented out."""
    lines = TEXT.splitlines()
    start = None
    for number, line in enumerate([*lines, ""]):
        if COMMENTED.match(line):
            start = number if start is None else start
        elif start is not None:
            yield range(start, number)
            start = None


def uncommented(*which: range) -> dict[str, Any]:
    lines = TEXT.splitlines()
    for number in (number for block in which for number in block):
        lines[number] = COMMENTED.sub(r"\1\2", lines[number])
    values: dict[str, Any] = yaml.safe_load("\n".join(lines))
    return values


def validated(values: dict[str, Any]) -> PluginConfig:
    return parse_config(ConfigFiles(values, {}, "kubeflow.yaml"))


BLOCKS = list(blocks())


def test_valid_as_written() -> None:
    config = validated(uncommented())
    assert config.host == VALUES["host"]
    assert config.run_config.experiment_name == VALUES["name"]


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: TEXT.splitlines()[block[0]].strip())
def test_valid_with_one_more_key(block: range) -> None:
    written = uncommented()
    changed = uncommented(block)
    assert changed != written
    validated(changed)


def test_valid_with_all_keys() -> None:
    validated(uncommented(*BLOCKS))


def missing_keys(model: type[StrictModel], found: Any, place: str) -> Iterator[str]:
    """Names each field of a model that the examples of it lack, all together."""
    examples = found if isinstance(found, list) else [found]
    for name, field in model.__fields__.items():
        present = [example[name] for example in examples if name in example]
        if not present:
            yield f"{place}.{name}"
        elif is_model(field):
            items = [
                item
                for value in present
                for item in (value if isinstance(value, list) else [value])
            ]
            yield from missing_keys(field.type_, items, f"{place}.{name}")


def is_model(field: ModelField) -> bool:
    # To Python 3.9 and 3.10, dict[str, Any] is a type, which issubclass refuses.
    plain = get_origin(field.type_) is None and isinstance(field.type_, type)
    return plain and issubclass(field.type_, StrictModel)


def models(model: type[StrictModel]) -> Iterator[type[StrictModel]]:
    yield model
    for field in model.__fields__.values():
        if is_model(field):
            yield from models(field.type_)


def test_every_key_of_the_schema_is_there() -> None:
    assert list(missing_keys(PluginConfig, uncommented(*BLOCKS), "")) == []


def test_every_key_of_settings_by_step_is_there() -> None:
    run = uncommented(*BLOCKS)["run_config"]
    assert set(SETTINGS) <= set(run)
    for setting, keys in BY_STEP.items():
        entries = run[setting].values()
        items = [
            item for entry in entries for item in (entry if isinstance(entry, list) else [entry])
        ]
        assert keys <= set().union(*items), setting


def test_no_model_is_overlooked() -> None:
    def below(cls: type) -> Iterator[type]:
        for child in cls.__subclasses__():
            yield child
            yield from below(child)

    ours = {cls for cls in below(StrictModel) if cls.__module__.startswith("kedro_kubeflow.")}
    parents = {parent for cls in ours for parent in cls.__mro__[1:]}
    assert ours - parents == set(models(PluginConfig)) | {Toleration, RetryPolicy, ExtraVolume}


def test_every_key_is_explained() -> None:
    """A line of explanation stands above each key of ``run_config``, or above the one before it."""
    lines = TEXT.splitlines()
    for number, line in enumerate(lines):
        if re.match(r"^ {0,2}#?\w+:", line) and not line.startswith("run_config"):
            assert re.match(r"^ *# \S", lines[number - 1]), line
