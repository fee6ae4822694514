"""What OmegaConf says of Kedro's own code is not shown; what it says of the project's is, and what that says itself."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version

import pytest

from projects import KEDRO, Project

REGISTRY = """
import warnings

from omegaconf import OmegaConf

OmegaConf.register_new_resolver("twice", lambda value: value * 2, replace=True)
warnings.warn("the prices are of last year")


def register_pipelines():
    return {"__default__": Pipeline([node(len, "params:text", "length", name="count")])}
"""
SETTINGS = """
from kedro.config import OmegaConfigLoader

CONFIG_LOADER_CLASS = OmegaConfigLoader
"""
DEPRECATED = "register_new_resolver() is deprecated"

MakeProject = Callable[..., Project]


@pytest.fixture
def shop(project: MakeProject) -> Project:
    if KEDRO < (0, 18, 5):
        pytest.skip("Kedro has a loader that uses OmegaConf since 0.18.5")
    return project(registry=REGISTRY, parameters={"text": "four"}, settings=SETTINGS)


def test_what_is_said_of_kedros_code_is_not_shown(shop: Project) -> None:
    compiled = shop.kubeflow("compile")

    shown = compiled.stdout + compiled.stderr
    assert "the prices are of last year" in shown
    lines = [line for line in shown.splitlines() if "omegaconf_config.py" in line]
    assert not lines
    # Of the project's own call it is shown, once.
    assert shown.count(DEPRECATED) == (version("omegaconf") >= "2.4")


def test_all_is_shown_to_those_who_ask(shop: Project) -> None:
    compiled = shop.kubeflow("compile", PYTHONWARNINGS="default")

    shown = compiled.stdout + compiled.stderr
    assert "the prices are of last year" in shown
    if version("omegaconf") >= "2.4":
        assert shown.count(DEPRECATED) > 1
