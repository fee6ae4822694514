"""Says what to install where a command needs the extra ``kfp`` and the environment does not have it."""

from __future__ import annotations

import re
import traceback
from importlib import metadata
from typing import Optional

_EXTRA = "kfp"
_PACKAGES = ("kfp", "kubernetes", "pydantic")
"""Modules that the extra brings and this package imports."""
_TOO_NEW = {"cloudpickle": 3, "kubernetes": 26, "protobuf": 7, "pydantic": 2}
"""Packages that kfp's own requirements would replace by older ones, from these major versions on."""


def missing_extra(err: ModuleNotFoundError) -> Optional[str]:
    """Returns the message for a module that is missing, or None if this extra does not bring it.

    A project's own module that cannot be imported is not meant, whatever it lacks.
    """
    frames = [frame for frame, _ in traceback.walk_tb(err.__traceback__)]
    names = [str(frame.f_globals.get("__name__", "")) for frame in frames]
    importer = next((n for n in reversed(names) if not n.startswith(("importlib", "_frozen"))), "")
    package, module = importer.partition(".")[0], (err.name or "").partition(".")[0]
    if package == "kfp" or (package == "kedro_kubeflow" and module in _PACKAGES):
        return (
            f"This command needs the plugin's extra {_EXTRA}, and {module} is not installed: "
            f"{_install_command()}"
        )
    return None


def _install_command() -> str:
    """Returns the command that installs what compiling needs and takes back no package that is there."""
    required, beside = _requirements(_EXTRA), _requirements(f"{_EXTRA}-unpinned")
    kfp = next((item for item in required if item.startswith("kfp")), "kfp<2")
    if not any(_major(name) >= first for name, first in _TOO_NEW.items()):
        return f"pip install {_quoted([kfp])}"
    return f"pip install {_quoted(beside)} && pip install --no-deps {_quoted([kfp])}"


def _requirements(extra: str) -> list[str]:
    try:
        lines = metadata.requires("kedro-kubeflow") or []
    except metadata.PackageNotFoundError:
        return []
    marker = re.compile(rf"extra\s*==\s*['\"]{re.escape(extra)}['\"]")
    return [line.partition(";")[0].strip() for line in lines if marker.search(line)]


def _quoted(requirements: list[str]) -> str:
    return " ".join(f"'{item}'" if re.search("[<>~*! ]", item) else item for item in requirements)


def _major(package: str) -> int:
    """Returns the first number of a package's version; 0 if it is not installed."""
    try:
        return int(metadata.version(package).partition(".")[0])
    except (metadata.PackageNotFoundError, ValueError):
        return 0
