"""Writes the files that ``init`` adds to a project."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional
from urllib.parse import urlsplit

from kedro_kubeflow import __version__
from kedro_kubeflow.config import FILE_NAME, PlainConfig, plain_config, read_project_files
from kedro_kubeflow.errors import ConfigError, InputError
from kedro_kubeflow.project import DEFAULT_PIPELINE, KedroProject, open_project
from kedro_kubeflow.scaffold import github_actions
from kedro_kubeflow.scaffold.dockerfile import ImageFacts, read_dockerfile
from kedro_kubeflow.scaffold.file_templates import fill_template, yaml_text
from kedro_kubeflow.scaffold.plugin_source import find_plugin_source
from kedro_kubeflow.whole_files import write_whole

DEFAULT_PROJECT_PATH = "/home/kedro"


@dataclass(frozen=True)
class Scaffolded:
    """What was done.

    Attributes:
        written: the files.
        kept: a ``kubeflow.yaml`` that was there, and was left as it is.
        advice: what to do next, a sentence each.
    """

    written: tuple[Path, ...]
    kept: Optional[Path]
    advice: tuple[str, ...]


def write_project_files(
    start: Path,
    env: str,
    url: str,
    force: bool,
    with_github_actions: bool,
    environ: Mapping[str, str],
) -> Scaffolded:
    """Writes ``kubeflow.yaml`` into the project's base environment, and workflows of GitHub Actions if asked.

    Args:
        start: a folder in the project.
        env: Kedro's configuration environment, which the workflows use, too.
        url: address of Kubeflow Pipelines.
        force: overwrite files that are there.
        with_github_actions: write the two workflows; then a ``kubeflow.yaml`` that is there is kept.
        environ: this machine's environment.

    Raises:
        InputError: no address, no project, or files that are there already or cannot be written; then none is.
    """
    _check_address(url)
    project = open_project(start, env)
    image = read_image(project.path)
    path = _config_path(project)
    kept = with_github_actions and not force and path.exists()
    known = _known_config(project, environ) if kept else None
    contents = {} if kept else {path: _config_text(project, url, image)}
    if with_github_actions:
        contents |= _workflows(project, image, known)
    _refuse_to_overwrite([] if force else [name for name in contents if name.exists()], path)
    try:
        write_whole({name: text.encode("utf-8") for name, text in contents.items()})
    except OSError as err:
        raise InputError(
            f"{err.filename or path}: the file cannot be written: {err.strerror}"
        ) from err
    advice = (
        *_advice_on_image(project),
        *(_advice_on_host(known, path, url) if kept else _advice_on_config(project, image, path)),
        *(_advice_on_github(project) if with_github_actions else ()),
        "Try: kedro kubeflow compile, kedro kubeflow run-local",
    )
    return Scaffolded(tuple(contents), path if kept else None, advice)


def _check_address(url: str) -> None:
    problem = _problem_of_address(url)
    if problem:
        raise InputError(
            f"{url!r} is not a valid URL of a server: {problem}; write it like https://kubeflow.example.com/pipeline"
        )


def _problem_of_address(url: str) -> Optional[str]:
    if not re.match(r"^https?://", url):
        return "it must begin with http:// or https://"
    if not url.isprintable() or " " in url:
        return "it has a character in it that no address has"
    try:
        parts = urlsplit(url)
        port_is_number = parts.port is None or parts.port > 0
    except ValueError as err:
        return str(err)
    if not parts.hostname or not port_is_number:
        return "it names no host, or a port that no server has"
    if "@" in parts.netloc:
        return (
            "a user or password does not belong into a file that everybody with the project reads"
        )
    return None


def read_image(project: Path) -> ImageFacts:
    """Reads the project's ``Dockerfile``; without one, nothing is known."""
    try:
        return read_dockerfile((project / "Dockerfile").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return ImageFacts()


def _config_path(project: KedroProject) -> Path:
    """Returns the file that is there, whichever suffix of YAML it has: Kedro would read both."""
    path = project.conf_source / project.base_env / FILE_NAME
    twin = path.with_suffix(".yml")
    return twin if twin.exists() and not path.exists() else path


def _config_text(project: KedroProject, url: str, image: ImageFacts) -> str:
    values = {
        "host": yaml_text(url),
        "image": f"{_image_name(project)}:latest",
        # ${ would begin a placeholder.
        "name": yaml_text(project.name.replace("${", "{")),
        "project_path": yaml_text(image.workdir or DEFAULT_PROJECT_PATH),
    }
    return fill_template(FILE_NAME, values)


def _image_name(project: KedroProject) -> str:
    return re.sub(r"[^a-z0-9]+", "-", project.path.name.lower()).strip("-") or "kedro"


def _known_config(project: KedroProject, environ: Mapping[str, str]) -> Optional[PlainConfig]:
    try:
        return plain_config(read_project_files(project, DEFAULT_PIPELINE, environ))
    except ConfigError:
        return None  # what is wrong with it is said by the commands that need it


def _workflows(
    project: KedroProject, image: ImageFacts, config: Optional[PlainConfig]
) -> dict[Path, str]:
    root = github_actions.find_repository(project.path) or project.path
    has_schedule = config is not None and bool(_cron(config))
    texts = github_actions.workflow_texts(
        github_actions.Workflows(
            folder=project.path.relative_to(root).as_posix(),
            env=project.env,
            env_folder=_below(project.conf_source / project.env, project.path),
            requirements=github_actions.find_requirements(project.path),
            python=github_actions.choose_python(image.python, project.path, root),
            image_name=_image_name(project),
            cron=None if has_schedule else github_actions.DAILY,
        )
    )
    return {root / name: text for name, text in texts.items()}


def _cron(config: PlainConfig) -> Any:
    # run_config may be anything: the file is not checked here.
    return getattr(config.run_config, "cron_expression", None)


def _below(path: Path, folder: Path) -> str:
    try:
        return path.relative_to(folder).as_posix()
    except ValueError:
        return path.as_posix()


def _refuse_to_overwrite(there: list[Path], config: Path) -> None:
    if not there:
        return
    names = ", ".join(map(str, there))
    one = len(there) == 1
    more = " and kubeflow.yaml; to write only the workflows again, delete them first"
    raise InputError(
        f"{names}: {'the file exists' if one else 'the files exist'}; --force overwrites "
        f"{'it' if one else 'them'}{'' if config in there else more}"
    )


def _advice_on_image(project: KedroProject) -> Iterator[str]:
    requirements = github_actions.find_requirements(project.path)
    source = find_plugin_source()
    if not requirements.name_the_plugin:
        yield (
            f"Add {source.requirement} to {requirements.path}: steps are commands of the plugin, so the image needs "
            "the version that compiles"
        )
    wheel = f"wheels/kedro_kubeflow-{__version__}-*.whl"
    if source.wheel_command and not any(project.path.glob(wheel)):
        yield (
            f"Build a wheel of the plugin for the image: {source.wheel_command}. The image's pip install needs "
            "--find-links with that folder, since no package index has this plugin"
        )
    if not (project.path / "Dockerfile").is_file():
        yield (
            "Add a Dockerfile, there is none: 'pip install kedro-docker' and 'kedro docker init' "
            "create one"
        )


def _advice_on_config(project: KedroProject, image: ImageFacts, path: Path) -> Iterator[str]:
    if image.workdir is None:
        yield (
            f"Check run_config.project_path in {path.name}, the WORKDIR of the Dockerfile: it is not known here, and "
            f"{DEFAULT_PROJECT_PATH} is a guess"
        )
    yield (
        f"Set run_config.image in {path.name} to a name that the cluster can pull: "
        f"{_image_name(project)}:latest has no registry"
    )


def _advice_on_host(config: Optional[PlainConfig], path: Path, url: str) -> Iterator[str]:
    if config is not None and str(config.host).rstrip("/") != url.rstrip("/"):
        yield f"Check host in {path.name}: it is {config.host}, not {url}"


def _advice_on_github(project: KedroProject) -> Iterator[str]:
    yield (
        "Set the secrets and variables listed at the top of kubeflow-push.yml, in the repository's settings on GitHub"
    )
    if github_actions.find_repository(project.path) is None:
        yield "Create a git repository in the project's folder: GitHub reads workflows only at the top of one"
