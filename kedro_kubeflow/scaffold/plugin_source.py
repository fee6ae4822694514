"""Finds out where this plugin was installed from, and so how an image can get the same one.

The name ``kedro-kubeflow`` on PyPI belongs to another project. What is written into a user's project must never make
pip install that one, so the requirement is exact, and says where the plugin is from if that is known.

See https://packaging.python.org/en/latest/specifications/direct-url/
"""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from typing import Optional
from urllib.parse import unquote, urlsplit

from kedro_kubeflow import __version__

_NAME = "kedro-kubeflow"


@dataclass(frozen=True)
class PluginSource:
    """How an image gets this plugin.

    Attributes:
        requirement: the line of ``requirements.txt``.
        folder: the folder, wheel or archive on this machine that it was installed from; None if pip finds the
            requirement without it.
    """

    requirement: str
    folder: Optional[str] = None

    @property
    def wheel_command(self) -> str:
        """The command that puts a wheel of the plugin into the folder ``wheels``; empty if none is needed."""
        if self.folder is None:
            return ""
        return f"pip wheel --no-deps --wheel-dir wheels {shlex.quote(self.folder)}"


def find_plugin_source() -> PluginSource:
    """Returns where the installed plugin is from."""
    try:
        recorded = distribution(_NAME).read_text("direct_url.json")
    except PackageNotFoundError:  # the package's folder is on the path, and nothing is installed
        recorded = None
    return read_plugin_source(recorded)


def read_plugin_source(recorded: Optional[str]) -> PluginSource:
    """Reads what the installer recorded.

    Args:
        recorded: the content of ``direct_url.json``; None for a package from an index, where only the index that had
            this version has it.
    """
    exact = f"{_NAME}=={__version__}"
    if recorded is None:
        return PluginSource(exact)
    origin = json.loads(recorded)
    url, version_control = origin["url"], origin.get("vcs_info")
    if version_control:
        system, commit = version_control["vcs"], version_control["commit_id"]
        return PluginSource(f"{_NAME} @ {system}+{url}@{commit}")
    parts = urlsplit(url)
    if parts.scheme == "file":
        return PluginSource(exact, unquote(parts.path))
    return PluginSource(f"{_NAME} @ {url}")
