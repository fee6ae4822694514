"""Reads ``kubeflow.yaml`` and checks it: frozen models of every key, and what a pod gets from the settings by step.

The models need pydantic, of the extra ``kfp``. A pod reads the file without them, see ``plain_config``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedro_kubeflow.lazy_names import lazy_names

if TYPE_CHECKING:
    from kedro_kubeflow.config.config_files import FILE_NAME
    from kedro_kubeflow.config.plain import PlainConfig, plain_config, value_at
    from kedro_kubeflow.config.pod_options import (
        DATA_VOLUME,
        DEFAULT_KEY,
        SECRET_VOLUME_PREFIX,
        PodOptions,
        apply_pod_options,
        options_of,
        warn_about_unused_keys,
    )
    from kedro_kubeflow.config.project_config import read_project_config, read_project_files
    from kedro_kubeflow.config.references import (
        IN_CLUSTER_HOST,
        ConfigMapConfig,
        ExternalDependency,
        SecretConfig,
        distinct_names,
    )
    from kedro_kubeflow.config.run_config import PluginConfig, RunConfig
    from kedro_kubeflow.config.schema import read_schema
    from kedro_kubeflow.config.sections import VolumeConfig

__all__ = [
    "DATA_VOLUME",
    "DEFAULT_KEY",
    "FILE_NAME",
    "IN_CLUSTER_HOST",
    "SECRET_VOLUME_PREFIX",
    "ConfigMapConfig",
    "ExternalDependency",
    "PlainConfig",
    "PluginConfig",
    "PodOptions",
    "RunConfig",
    "SecretConfig",
    "VolumeConfig",
    "apply_pod_options",
    "distinct_names",
    "options_of",
    "plain_config",
    "read_project_config",
    "read_project_files",
    "read_schema",
    "value_at",
    "warn_about_unused_keys",
]

__getattr__ = lazy_names(
    __name__,
    {
        "config_files": ("FILE_NAME",),
        "pod_options": (
            "DATA_VOLUME",
            "DEFAULT_KEY",
            "SECRET_VOLUME_PREFIX",
            "PodOptions",
            "apply_pod_options",
            "options_of",
            "warn_about_unused_keys",
        ),
        "plain": ("PlainConfig", "plain_config", "value_at"),
        "project_config": ("read_project_config", "read_project_files"),
        "references": (
            "IN_CLUSTER_HOST",
            "ConfigMapConfig",
            "ExternalDependency",
            "SecretConfig",
            "distinct_names",
        ),
        "run_config": ("PluginConfig", "RunConfig"),
        "schema": ("read_schema",),
        "sections": ("VolumeConfig",),
    },
)
