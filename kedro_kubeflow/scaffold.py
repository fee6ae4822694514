"""The address of Kubeflow Pipelines in, a ``kubeflow.yaml`` to begin with in the project out."""

from __future__ import annotations

import json
import re
from pathlib import Path, PurePosixPath
from string import Template
from typing import Optional

from kedro_kubeflow.config_files import FILE_NAME
from kedro_kubeflow.errors import InputError
from kedro_kubeflow.kedro_project import open_project

DEFAULT_PROJECT_PATH = "/home/kedro"
_TEMPLATES = Path(__file__).parent / "templates"
_WORKDIR = re.compile(r"^\s*WORKDIR\s+(\S+)\s*$", re.IGNORECASE | re.MULTILINE)


def write_config(start: Path, env: str, url: str, force: bool) -> Path:
    """Writes ``kubeflow.yaml`` into the project's base environment.

    Args:
        start: a folder in the project.
        env: Kedro's configuration environment.
        url: address of Kubeflow Pipelines.
        force: overwrite the file that is there.

    Returns:
        The file's path.

    Raises:
        InputError: no address, no project, or a file that is there already.
    """
    if not re.match(r"^https?://[^/\s]+\S*$", url):
        raise InputError(
            f"{url!r} is no address of a server; give it like https://kubeflow.example.com/pipeline"
        )
    project = open_project(start, env)
    path = project.conf_source / project.base_env / FILE_NAME
    if path.exists() and not force:
        raise InputError(f"{path}: the file is there already; --force overwrites it")
    template = Template((_TEMPLATES / FILE_NAME).read_text(encoding="utf-8").replace("${", "$${"))
    text = template.substitute(
        host=json.dumps(url) if '"' in url or "#" in url else url,
        image=f"{re.sub(r'[^a-z0-9._-]+', '-', project.path.name.lower()).strip('-._') or 'kedro'}:latest",
        name=json.dumps(project.name, ensure_ascii=False),
        project_path=project_path_in_image(project.path) or DEFAULT_PROJECT_PATH,
    )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as err:
        raise InputError(f"{path}: the file cannot be written: {err.strerror}") from err
    return path


def project_path_in_image(project: Path) -> Optional[str]:
    """Reads the image's working folder from the project's ``Dockerfile``: the last absolute WORKDIR.

    Returns:
        None where there is no Dockerfile, or one whose WORKDIR only a build knows.
    """
    try:
        text = (project / "Dockerfile").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    path = PurePosixPath()
    for found in _WORKDIR.findall(text):
        folder = found.strip("\"'")
        if "$" in folder:
            return None
        path = path / folder
    return str(path) if path.is_absolute() else None
