"""How an image gets this plugin, and never the other project of its name."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kedro_kubeflow import __version__
from kedro_kubeflow.scaffold.plugin_source import PluginSource, read_plugin_source
from projects import KEDRO, Project

EXACT = f"kedro-kubeflow=={__version__}"
GIT = {
    "url": "https://git.example.com/team/kedro-kubeflow",
    "vcs_info": {"vcs": "git", "commit_id": "0123abc", "requested_revision": "v1"},
}


@pytest.mark.parametrize(
    ("recorded", "source"),
    [
        (None, PluginSource(EXACT)),
        (
            GIT,
            PluginSource(
                "kedro-kubeflow @ git+https://git.example.com/team/kedro-kubeflow@0123abc"
            ),
        ),
        (
            {"url": "file:///home/me/my%20clone", "dir_info": {"editable": True}},
            PluginSource(EXACT, "/home/me/my clone"),
        ),
        (
            {"url": "file:///tmp/kedro_kubeflow-1-py3-none-any.whl", "archive_info": {}},
            PluginSource(EXACT, "/tmp/kedro_kubeflow-1-py3-none-any.whl"),
        ),
        (
            {"url": "https://example.com/kedro_kubeflow-1-py3-none-any.whl", "archive_info": {}},
            PluginSource("kedro-kubeflow @ https://example.com/kedro_kubeflow-1-py3-none-any.whl"),
        ),
    ],
    ids=["an index", "git", "a clone", "a wheel", "a URL"],
)
def test_where_it_was_installed_from(
    recorded: dict[str, object] | None, source: PluginSource
) -> None:
    assert read_plugin_source(recorded and json.dumps(recorded)) == source


def test_a_folder_with_a_space_is_quoted() -> None:
    command = PluginSource(EXACT, "/home/me/my clone").wheel_command
    assert shlex.split(command)[-1] == "/home/me/my clone"


@pytest.mark.skipif(KEDRO < (1,), reason="pip is the same with every Kedro")
def test_what_init_prints_works(project: Callable[..., Project], tmp_path: Path) -> None:
    """The wheel that its command builds is the one that pip then finds for the requirement, without any index."""
    made = project()
    made.write("requirements.txt", "kedro\n")
    printed = made.kubeflow("init", "https://kubeflow.example.com", "--force").stdout
    assert f"- Add {EXACT} to requirements.txt" in printed
    (command,) = [
        line.split(": ", 1)[1].split(". The image's", 1)[0]
        for line in printed.splitlines()
        if line.startswith("- Build a wheel of the plugin")
    ]
    wheel = shlex.split(command)[-1]
    if not Path(wheel).exists():
        pytest.skip(f"what this plugin was installed from is gone: {wheel}")
    # An environment of its own: those of the tests need not have pip.
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True)
    pip = [str(tmp_path / "venv/bin/python"), "-m", "pip"]
    subprocess.run([*pip, *shlex.split(command)[1:]], cwd=made.path, check=True)
    target = tmp_path / "image"
    offline = ["--no-index", "--no-deps", "--find-links", "wheels", "--target", str(target)]
    subprocess.run([*pip, "install", *offline, EXACT], cwd=made.path, check=True)
    assert (target / "kedro_kubeflow/__init__.py").is_file()
    again = made.kubeflow("init", "https://kubeflow.example.com", "--force").stdout
    assert "Build a wheel" not in again
