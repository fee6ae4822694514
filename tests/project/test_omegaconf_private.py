"""OmegaConf's private names: a release that removes one fails here."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from omegaconf import OmegaConf

from kedro_kubeflow.project.omegaconf_private import registered_resolver, restore_resolver


@pytest.fixture(autouse=True)
def _nothing_left() -> Iterator[None]:
    yield
    OmegaConf.clear_resolver("shop")


def register(name: str, value: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # 2.4 calls it register_resolver
        OmegaConf.register_new_resolver(name, lambda *_: value, replace=True)


def resolved(text: str) -> Any:
    return OmegaConf.create({"key": text})["key"]


def test_a_resolver_comes_back_as_it_was() -> None:
    register("shop", "theirs")
    before = registered_resolver("shop")
    register("shop", "ours")
    assert resolved("${shop:}") == "ours"

    restore_resolver("shop", before)

    assert resolved("${shop:}") == "theirs"
    assert registered_resolver("shop") is before


def test_a_resolver_that_was_not_there_goes_again() -> None:
    assert registered_resolver("shop") is None

    register("shop", 1)
    assert resolved("${shop:}") == 1
    restore_resolver("shop", None)

    assert not OmegaConf.has_resolver("shop")
    restore_resolver("shop", None)
