"""Lets the face of a room import its names when they are used, as PEP 562 describes.

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
