"""Lets the project's ``dynamic_config_providers`` write their configuration files, before Kedro reads any."""

from __future__ import annotations

import importlib
import json
import logging
import os
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from kedro_kubeflow.config import PlainConfig, plain_config, read_project_files, value_at
from kedro_kubeflow.dynamic_config import DynamicConfigProvider
from kedro_kubeflow.errors import ConfigError, StepError
from kedro_kubeflow.project import KedroProject, open_project

log = logging.getLogger(__name__)
_KEYS = ("run_config", "dynamic_config_providers")
_KEY = ".".join(_KEYS)
_SUFFIXES = (".yml", ".yaml", ".json")


def write_dynamic_config(
    start: Path, env: str, pipeline: str, environ: Mapping[str, str]
) -> tuple[Path, ...]:
    """Lets each provider of a project write its file.

    Args:
        start: the project's folder.
        env: Kedro's configuration environment, whose folder the files are written to.
        pipeline: registered name of the pipeline that is run.
        environ: the pod's environment.

    Returns:
        The files.

    Raises:
        ConfigError: a provider cannot be imported or made.
        StepError: a provider failed, or its file cannot be written.
    """
    project = open_project(start, env)
    files = read_project_files(project, pipeline, environ)
    config = plain_config(files)
    return tuple(
        _write(_made(entry, f"{_KEY}[{index}]", config), project)
        for index, entry in enumerate(value_at(files, _KEYS, list))
    )


def _made(entry: Any, place: str, config: PlainConfig) -> DynamicConfigProvider:
    given = entry if isinstance(entry, Mapping) else {}
    full_name, params = given.get("cls"), given.get("params") or {}
    if not isinstance(full_name, str) or not isinstance(params, Mapping):
        raise ConfigError(
            f"{place}: this must be a mapping of cls, the full name of a class, and params"
        )
    module, _, name = full_name.rpartition(".")
    try:
        cls = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as err:
        raise ConfigError(
            f"{place}.cls: {full_name!r} cannot be imported: {err}. Is its package in the image?"
        ) from err
    if not (isinstance(cls, type) and issubclass(cls, DynamicConfigProvider)):
        raise ConfigError(
            f"{place}.cls: {full_name!r} is not a subclass of kedro_kubeflow.dynamic_config.DynamicConfigProvider"
        )
    try:
        return cls(config, **params)
    except TypeError as err:
        raise ConfigError(f"{place}.params: {full_name} does not accept them: {err}") from err


def _write(provider: DynamicConfigProvider, project: KedroProject) -> Path:
    name = type(provider).__qualname__
    target, below = _files(provider, project)
    try:
        generated = provider.generate_config()
    except Exception as err:
        raise StepError(f"{name}.generate_config failed: {type(err).__name__}: {err}") from err
    if not isinstance(generated, Mapping):
        raise StepError(
            f"{name}.generate_config returned a {type(generated).__name__}, it must return a mapping"
        )
    existing = _read(target)
    lower = {key: value for key, value in _read(below).items() if key in generated}
    merged = provider.merge_with_existing({**lower, **existing}, generated)
    text = (
        json.dumps(merged)
        if target.suffix == ".json"
        else yaml.safe_dump(dict(merged), allow_unicode=True, sort_keys=False)
    )
    try:
        _replace(target, text)
    except OSError as err:
        raise StepError(
            f"{target}: {name} cannot write its configuration: {err.strerror}. The user that the step runs as must be "
            "able to write to the folder: see run_config.volume.owner and run_config.security_context"
        ) from err
    log.info("%s wrote %s to %s", name, ", ".join(map(str, generated)), target)
    return target


def _files(provider: DynamicConfigProvider, project: KedroProject) -> tuple[Path, Path]:
    """Returns the file to write, and the one of the same name in the base environment."""
    given = provider.target_config_file
    path = PurePosixPath(given)
    if path.is_absolute() or ".." in path.parts or path.suffix not in _SUFFIXES:
        raise StepError(
            f"{type(provider).__qualname__}.target_config_file is {given!r}; it must name a file of the "
            f"environment's folder that ends in {', '.join(_SUFFIXES)}, such as credentials.yml"
        )
    own, base = (
        _present(project.conf_source / env / path) for env in (project.env, project.base_env)
    )
    return own, base


def _present(path: Path) -> Path:
    """Returns the file under the other suffix of YAML where it is there: Kedro refuses a key that two files hold."""
    twin = path.with_suffix({".yml": ".yaml", ".yaml": ".yml"}.get(path.suffix, path.suffix))
    return twin if twin.is_file() and not path.is_file() else path


def _read(path: Path) -> dict[Any, Any]:
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))  # which reads JSON, too
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as err:
        raise StepError(f"{path}: the file cannot be read: {err}") from err
    if not isinstance(found, (dict, type(None))):
        raise StepError(f"{path}: the file holds a {type(found).__name__}, not a mapping")
    return found or {}


def _replace(path: Path, text: str) -> None:
    """Writes a file whole or not at all, readable by its owner only: it may hold credentials."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    with os.fdopen(
        os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
    ) as file:
        file.write(text)
    part.replace(path)
