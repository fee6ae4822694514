"""Reads a Kedro project: its pipelines, catalog, parameters and placeholders, on every supported version of Kedro.

The only room that knows Kedro's versions. ``kedro_private``, ``param_options`` and ``parameter_values``
are used as modules.

The names are imported when they are used: a step in a pod needs few of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedro_kubeflow.lazy_names import lazy_names

if TYPE_CHECKING:
    from kedro_kubeflow.project import kedro_private, param_options, parameter_values
    from kedro_kubeflow.project.catalog_config import CatalogReader, Dataset, tracking_folder
    from kedro_kubeflow.project.grouping import STRATEGIES, Group, group_nodes
    from kedro_kubeflow.project.handover import (
        DATA_FOLDER,
        OWN_FOLDER,
        Handover,
        hand_over,
        lies_in_data_folder,
        path_in_pod,
        plain_name,
        published_path,
    )
    from kedro_kubeflow.project.kedro_private import catalog_get
    from kedro_kubeflow.project.kedro_project import (
        DEFAULT_ENV,
        DEFAULT_PIPELINE,
        KedroProject,
        Node,
        nodes_of,
        open_project,
        read_config,
    )
    from kedro_kubeflow.project.live_catalog import catalog_put, describe, keeps_in_memory
    from kedro_kubeflow.project.merging import merge_mappings
    from kedro_kubeflow.project.placeholders import (
        ENVIRONMENT_PREFIX,
        Substitutions,
        fill_placeholders,
    )

__all__ = [
    "DATA_FOLDER",
    "DEFAULT_ENV",
    "DEFAULT_PIPELINE",
    "ENVIRONMENT_PREFIX",
    "OWN_FOLDER",
    "STRATEGIES",
    "CatalogReader",
    "Dataset",
    "Group",
    "Handover",
    "KedroProject",
    "Node",
    "Substitutions",
    "catalog_get",
    "catalog_put",
    "describe",
    "fill_placeholders",
    "group_nodes",
    "hand_over",
    "kedro_private",
    "keeps_in_memory",
    "lies_in_data_folder",
    "merge_mappings",
    "nodes_of",
    "open_project",
    "param_options",
    "parameter_values",
    "path_in_pod",
    "plain_name",
    "published_path",
    "read_config",
    "tracking_folder",
]

__getattr__ = lazy_names(
    __name__,
    {
        "catalog_config": (
            "CatalogReader",
            "Dataset",
            "tracking_folder",
        ),
        "grouping": (
            "Group",
            "STRATEGIES",
            "group_nodes",
        ),
        "handover": (
            "DATA_FOLDER",
            "Handover",
            "OWN_FOLDER",
            "hand_over",
            "lies_in_data_folder",
            "path_in_pod",
            "plain_name",
            "published_path",
        ),
        "kedro_private": ("catalog_get",),
        "kedro_project": (
            "DEFAULT_ENV",
            "DEFAULT_PIPELINE",
            "KedroProject",
            "Node",
            "nodes_of",
            "open_project",
            "read_config",
        ),
        "live_catalog": (
            "catalog_put",
            "describe",
            "keeps_in_memory",
        ),
        "merging": ("merge_mappings",),
        "placeholders": (
            "ENVIRONMENT_PREFIX",
            "Substitutions",
            "fill_placeholders",
        ),
    },
)
