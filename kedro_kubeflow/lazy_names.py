"""Imports names when they are used: those of the face of a room, as PEP 562 describes, and those of a table.

A step in a pod needs few of them, and some stand on packages that an image does not have.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any


def lazy_names(package: str, modules: Mapping[str, Sequence[str]]) -> Callable[[str], Any]:
    """Returns the ``__getattr__`` of a package.

    Args:
        package: its ``__name__``.
        modules: its modules, each with the names that the package takes from it.
    """

    def find(name: str) -> Any:
        for module, names in modules.items():
            if name in names:
                value = getattr(import_module(f"{package}.{module}"), name)
                setattr(sys.modules[package], name, value)
                return value
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    return find


def lazy_function(module: str, name: str) -> Callable[..., Any]:
    """Returns a function that imports the one of a module when it is called, for a table that help texts read."""

    def call(*arguments: Any) -> Any:
        return getattr(import_module(module), name)(*arguments)

    return call
