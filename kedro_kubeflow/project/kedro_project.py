"""Opens a Kedro project and reads what the plugin needs; knows the differences between Kedro's versions.

Hooks of the project do not run here: a hook may start Spark or call a tracking server, and compiling must touch
neither.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Optional

from kedro_kubeflow.errors import ProjectError
from kedro_kubeflow.project import kedro_private
from kedro_kubeflow.project.catalog_config import CatalogReader

if TYPE_CHECKING:
    from kedro.pipeline import Pipeline

DEFAULT_PIPELINE = "__default__"
DEFAULT_ENV = "local"
_PATTERNS = {
    "catalog": ("catalog*", "catalog*/**", "**/catalog*"),
    "mlflow": ("mlflow*", "mlflow*/**", "**/mlflow*"),
    "parameters": ("parameters*", "parameters*/**", "**/parameters*"),
}


@dataclass(frozen=True)
class Node:
    """One Kedro node.

    Attributes:
        name: as Kedro gives it, namespace included.
        tags: sorted.
        inputs, outputs: datasets' names, parameters left out, sorted.
        dependencies: names of the nodes that must run before, sorted.
        namespace: the node's namespace, dots between levels, or None.
    """

    name: str
    tags: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    dependencies: tuple[str, ...] = ()
    namespace: Optional[str] = None


@dataclass
class KedroProject:
    """A Kedro project, read as far as asked, each part once.

    Attributes:
        path: the project's folder.
        name, package_name: as ``pyproject.toml`` has them.
        env: the configuration environment.
    """

    path: Path
    name: str
    package_name: str
    env: str = DEFAULT_ENV

    @cached_property
    def conf_source(self) -> Path:
        """The folder of the configuration environments."""
        from kedro.framework.project import settings

        return self.path / str(settings.CONF_SOURCE)

    @cached_property
    def config_loader(self) -> Any:
        """The project's own config loader."""
        from kedro.framework.project import settings

        return settings.CONFIG_LOADER_CLASS(
            conf_source=str(self.conf_source),
            env=self.env,
            **settings.CONFIG_LOADER_ARGS,
        )

    @property
    def base_env(self) -> str:
        """The environment below the chosen one."""
        return str(getattr(self.config_loader, "base_env", None) or "base")

    @cached_property
    def parameters(self) -> dict[Any, Any]:
        """The project's parameters as the configuration has them, before any node's types change them.

        By name: if they are in several files, Kedro's loaders read those in a different order each time.
        """
        found = read_config(self.config_loader, "parameters")
        return dict(sorted(found.items(), key=lambda item: str(item[0])))

    @cached_property
    def globals(self) -> dict[str, Any]:
        """Values that the project's loader puts into configuration files, as far as the loader has any."""
        return kedro_private.loader_globals(self.config_loader)

    @property
    def merges_softly(self) -> bool:
        """Whether the project asked for ``kubeflow.yaml`` of two environments to be merged key by key."""
        strategies = getattr(self.config_loader, "merge_strategy", None) or {}
        return strategies.get("kubeflow") == "soft"

    @cached_property
    def catalog(self) -> CatalogReader:
        """What the catalog's configuration says."""
        return CatalogReader(read_config(self.config_loader, "catalog"), self.path)

    def pipeline(self, name: str) -> Any:
        """Returns a registered ``kedro.pipeline.Pipeline``.

        Raises:
            ProjectError: there is none of that name, or it has no nodes.
        """
        from kedro.framework.project import pipelines

        try:
            found = pipelines.get(name)
        except Exception as err:
            raise ProjectError(f"{self.path}: the pipelines cannot be loaded: {err!r}") from err
        if found is None:
            known = ", ".join(sorted(map(str, pipelines)))
            raise ProjectError(f"{self.path}: there is no pipeline {name!r}; available: {known}")
        if not found.nodes:
            raise ProjectError(
                f"{self.path}: the pipeline {name!r} has no nodes: there is nothing to run"
            )
        return found


def open_project(start: Path, env: str) -> KedroProject:
    """Opens the Kedro project in a folder or above it.

    Args:
        start: the current folder.
        env: the configuration environment.

    Raises:
        ProjectError: no project, a project that cannot be imported, or no such environment.
    """
    path = find_project(start)
    from kedro.framework.startup import bootstrap_project

    try:
        metadata = _set_up_already(path) or bootstrap_project(path)
    except Exception as err:
        raise ProjectError(f"{path}: the Kedro project cannot be opened: {err}") from err
    project = KedroProject(path, metadata.project_name, metadata.package_name, env)
    if project.conf_source.is_dir() and not (project.conf_source / env).is_dir():
        known = sorted(item.name for item in project.conf_source.iterdir() if item.is_dir())
        raise ProjectError(
            f"{project.conf_source}: there is no environment {env!r}; available: {', '.join(known) or 'none'}"
        )
    return project


def _set_up_already(path: Path) -> Any:
    """Returns what Kedro knows of a project that its own command line has just set up, or None.

    To set it up once more takes as long again, in each pod.
    """
    package = kedro_private.configured_package()
    if package is None:
        return None
    metadata = kedro_private.project_metadata(path)
    here = str(metadata.source_dir) in sys.path
    return metadata if here and metadata.package_name == package else None


def find_project(start: Path) -> Path:
    """Finds the folder with the ``pyproject.toml`` that says ``[tool.kedro]``, here or above.

    Raises:
        ProjectError: there is none.
    """
    start = start.resolve()
    for folder in (start, *start.parents):
        try:
            if "[tool.kedro]" in (folder / "pyproject.toml").read_text(encoding="utf-8"):
                return folder
        except (OSError, UnicodeDecodeError):
            continue
    raise ProjectError(
        f"{start}: this is not a Kedro project, nor is any folder above it: no pyproject.toml with [tool.kedro]. "
        "Change into the project's folder, or create one with 'kedro new'"
    )


def nodes_of(pipeline: Pipeline) -> tuple[Node, ...]:
    """Returns a pipeline's nodes, dependencies before dependents, those that could run together by name."""
    before = {
        node.name: sorted({other.name for other in others})
        for node, others in pipeline.node_dependencies.items()
    }
    depth: dict[str, int] = {}
    for node in pipeline.nodes:
        depth[node.name] = 1 + max((depth[name] for name in before[node.name]), default=-1)
    return tuple(
        Node(
            name=node.name,
            tags=tuple(sorted(node.tags)),
            inputs=_datasets(node.inputs),
            outputs=_datasets(node.outputs),
            dependencies=tuple(before[node.name]),
            namespace=node.namespace,
        )
        for node in sorted(pipeline.nodes, key=lambda node: (depth[node.name], node.name))
    )


def read_config(loader: Any, kind: str) -> dict[Any, Any]:
    """Reads ``parameters``, ``catalog`` or ``mlflow`` through any of Kedro's config loaders.

    Args:
        loader: a config loader of Kedro 0.18.1 or later.
        kind: which of them.

    Returns:
        The configuration; empty where there is no such file.

    Raises:
        ProjectError: the configuration cannot be read.
    """
    from kedro.config import MissingConfigException

    try:
        # Loaders of 0.18.1 to 0.18.3 are not mappings and know .get(*patterns) only.
        if not hasattr(loader, "config_patterns"):
            found = loader.get(*_PATTERNS[kind])
        else:
            loader.config_patterns.setdefault(kind, list(_PATTERNS[kind]))
            found = loader[kind]
    except MissingConfigException:
        return {}
    except Exception as err:
        raise ProjectError(f"the {kind} cannot be read: {err}") from err
    return dict(found or {})


def is_parameter(name: str) -> bool:
    """Returns whether a node's input is Kedro parameters rather than a dataset."""
    return name == "parameters" or name.startswith("params:")


def _datasets(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({name for name in names if not is_parameter(name)}))
