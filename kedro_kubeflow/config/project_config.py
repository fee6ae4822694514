"""Reads and checks a project's ``kubeflow.yaml``, where it is compiled and in its pods alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Optional

from kedro_kubeflow.config.config_files import ConfigFiles, read_config_files
from kedro_kubeflow.config.run_config import PluginConfig, parse_config
from kedro_kubeflow.project import KedroProject, Substitutions
from kedro_kubeflow.project.param_options import runtime_params


@dataclass(frozen=True)
class ProjectConfig:
    """A project's ``kubeflow.yaml``.

    Attributes:
        config: what it says.
        files: where it says it.
    """

    config: PluginConfig
    files: ConfigFiles


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
    folders = (project.conf_source / project.base_env, project.conf_source / project.env)
    names = {**project.globals, "pipeline_name": pipeline, "project_name": project.name}
    substitutions = Substitutions(environ, names, project.globals, runtime_params(params))
    files = read_config_files(project.path, folders, substitutions, project.merges_softly)
    return ProjectConfig(parse_config(files, image), files)
