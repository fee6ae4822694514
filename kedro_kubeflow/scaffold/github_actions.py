"""Writes the two workflows of GitHub Actions that build and run a project."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Optional

from kedro_kubeflow import __version__
from kedro_kubeflow.scaffold.file_templates import fill_template, github_text, github_word

FOLDER = PurePosixPath(".github/workflows")
FILES = ("kubeflow-push.yml", "kubeflow-merge.yml")
DAILY = "0 0 4 * * *"
"""Four o'clock each day, as Kubeflow reads it: seconds first."""

_REQUIREMENTS = ("requirements.txt", "src/requirements.txt")
_PLUGIN = re.compile(r"^[^#]*\bkedro[-_.]kubeflow\b", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class Requirements:
    """What a project installs.

    Attributes:
        path: the file that says it, relative to the project's folder.
        options: of pip.
        name_the_plugin: whether this plugin is among it.
    """

    path: str
    options: tuple[str, ...]
    name_the_plugin: bool


@dataclass(frozen=True)
class Workflows:
    """What the workflows need to know.

    Attributes:
        folder: the project's, relative to the repository's; ``.`` where they are one.
        env: Kedro's configuration environment.
        env_folder: its folder, relative to the project's.
        requirements: what to install.
        python: version such as 3.11.
        image_name: without registry and tag.
        cron: when the recurring run starts; None where ``kubeflow.yaml`` says it.
    """

    folder: str
    env: str
    env_folder: str
    requirements: Requirements
    python: str
    image_name: str
    cron: Optional[str]


def workflow_texts(workflows: Workflows) -> dict[str, str]:
    """Returns the text of each workflow by its path in the repository."""
    folder = PurePosixPath(workflows.folder)
    values = {
        "folder": github_text(str(folder)),
        "env": github_text(workflows.env),
        "env_folder": github_word(workflows.env_folder),
        "requirements_path": github_text(str(folder / workflows.requirements.path)),
        "install": " ".join(map(github_word, workflows.requirements.options)),
        "version": __version__,
        "python": workflows.python,
        "image_name": workflows.image_name,
        "paths": _paths(workflows.folder),
        "schedule_options": f" --cron-expression {github_word(workflows.cron)}"
        if workflows.cron
        else "",
    }
    values["setup_steps"] = fill_template("github/setup-steps.yml", values)
    values["image_steps"] = fill_template("github/image-steps.yml", values)
    return {str(FOLDER / name): fill_template(f"github/{name}", values) for name in FILES}


def _paths(folder: str) -> Optional[str]:
    """Returns the paths whose change matters, in a repository that holds more than the project."""
    if folder == ".":
        return None
    literal = re.sub(r"([*?+\[\]!\\])", r"\\\1", folder)
    return f"[{_flow_text(f'{literal}/**')}, {_flow_text(f'{FOLDER}/kubeflow-*.yml')}]"


def _flow_text(text: str) -> str:
    quoted = text.replace("'", "''")
    return f"'{quoted}'"


def find_repository(project: Path) -> Optional[Path]:
    """Finds the git repository that a folder is in: the folder with ``.git``, which is a file in a worktree."""
    return next((path for path in (project, *project.parents) if (path / ".git").exists()), None)


def find_requirements(project: Path) -> Requirements:
    """Finds what a project installs: ``requirements.txt``, the one in ``src`` of older projects, or the project itself.

    Returns:
        ``requirements.txt`` where there is none of them.
    """
    # Packages that no index has; the Dockerfile of the starter looks there, too.
    links = ("--find-links", "wheels") if (project / "wheels").is_dir() else ()
    for name in _REQUIREMENTS:
        text = _read(project / name)
        if text is not None:
            return Requirements(name, (*links, "-r", name), bool(_PLUGIN.search(text)))
    text = _read(project / "pyproject.toml") or ""
    if re.search(r"^dependencies\s*=", text, re.MULTILINE):
        return Requirements("pyproject.toml", (*links, "."), bool(_PLUGIN.search(text)))
    return Requirements(_REQUIREMENTS[0], (*links, "-r", _REQUIREMENTS[0]), False)


def choose_python(in_image: Optional[str], *folders: Path) -> str:
    """Returns the Python of the image, else of a ``.python-version``, else the one that runs this."""
    if in_image:
        return in_image
    for folder in folders:
        found = re.search(r"\d+\.\d+", _read(folder / ".python-version") or "")
        if found:
            return found[0]
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def _read(path: Path) -> Optional[str]:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
