"""Reads ``kubeflow.yaml`` and checks it: frozen models of every key, and what a pod gets from the settings by step."""

from __future__ import annotations

from kedro_kubeflow.config.config_files import FILE_NAME
from kedro_kubeflow.config.pod_options import (
    DATA_VOLUME,
    DEFAULT_KEY,
    SECRET_VOLUME_PREFIX,
    PodOptions,
    apply_pod_options,
    options_of,
    warn_about_unused_keys,
)
from kedro_kubeflow.config.project_config import read_project_config
from kedro_kubeflow.config.references import (
    IN_CLUSTER_HOST,
    ConfigMapConfig,
    ExternalDependency,
    SecretConfig,
    distinct_names,
)
from kedro_kubeflow.config.run_config import PluginConfig, RunConfig
from kedro_kubeflow.config.sections import ConfigProvider, VolumeConfig

__all__ = [
    "DATA_VOLUME",
    "DEFAULT_KEY",
    "FILE_NAME",
    "IN_CLUSTER_HOST",
    "SECRET_VOLUME_PREFIX",
    "ConfigMapConfig",
    "ConfigProvider",
    "ExternalDependency",
    "PluginConfig",
    "PodOptions",
    "RunConfig",
    "SecretConfig",
    "VolumeConfig",
    "apply_pod_options",
    "distinct_names",
    "options_of",
    "read_project_config",
    "warn_about_unused_keys",
]
