"""Reads a project's ``kubeflow.yaml``: where it is compiled, it is checked; in its pods, it is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Optional

from kedro_kubeflow.config.config_files import ConfigFiles, read_config_files
from kedro_kubeflow.project import KedroProject, Substitutions
from kedro_kubeflow.project.param_options import runtime_params

if TYPE_CHECKING:
    from kedro_kubeflow.config.run_config import PluginConfig


@dataclass(frozen=True)
class ProjectConfig:
    """A project's ``kubeflow.yaml``.

    Attributes:
        config: what it says.
        files: where it says it.
    """

    config: PluginConfig
    files: ConfigFiles


def read_project_files(
    project: KedroProject, pipeline: str, environ: Mapping[str, str], params: Sequence[str] = ()
) -> ConfigFiles:
    """Reads a project's ``kubeflow.yaml``, without checking its keys.

    Args:
        project: the opened project.
        pipeline: value of ``${pipeline_name}``.
        environ: this machine's environment.
        params: ``--param`` options, for ``${runtime_params:name}``.

    Raises:
        ConfigError: there is none, it is not YAML, or a placeholder in it has no value.
    """
    folders = (project.conf_source / project.base_env, project.conf_source / project.env)
    names = {**project.globals, "pipeline_name": pipeline, "project_name": project.name}
    substitutions = Substitutions(environ, names, project.globals, runtime_params(params))
    return read_config_files(project.path, folders, substitutions, project.merges_softly)


def read_project_config(
    project: KedroProject,
    pipeline: str,
    environ: Mapping[str, str],
    image: Optional[str] = None,
    params: Sequence[str] = (),
) -> ProjectConfig:
    """Reads and checks a project's ``kubeflow.yaml``.

    Args:
        project: the opened project.
        pipeline: value of ``${pipeline_name}``.
        environ: this machine's environment.
        image: overrides ``run_config.image``.
        params: ``--param`` options, for ``${runtime_params:name}``.

    Raises:
        ConfigError: there is none, it is not YAML, a placeholder in it has no value, or a key is missing, unknown
            or wrong.
    """
    from kedro_kubeflow.config.run_config import parse_config

    files = read_project_files(project, pipeline, environ, params)
    return ProjectConfig(parse_config(files, image), files)
