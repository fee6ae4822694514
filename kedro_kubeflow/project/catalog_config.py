"""Reads from the catalog's configuration where each dataset is stored, without building a dataset.

So neither a dataset's packages nor credentials that only the cluster has are missed where a pipeline is compiled.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any, Optional

MEMORY_TYPES = ("MemoryDataset", "MemoryDataSet")
_HOME = re.compile(r"^(?:(?:file|local)://)?~", re.IGNORECASE)
_PROTOCOL = re.compile(r"^([a-z][a-z0-9+.-]*)://", re.IGNORECASE)


@dataclass(frozen=True)
class Dataset:
    """What the catalog says about one dataset, transcoding (``@pandas``) still in its name.

    Attributes:
        name: as nodes name it.
        in_memory: no catalog entry holds it, or an entry that keeps it in memory.
        path: where it lies on a local disk, relative to the project's folder where it is below it (POSIX, so that it
            means the same in the image), else absolute; None for everything that is not a local path.
        versioned: saved under ``path/<version>/<name of path>``.
        in_home: the path is in the home folder, which is another one in a pod.
    """

    name: str
    in_memory: bool
    path: Optional[PurePosixPath] = None
    versioned: bool = False
    in_home: bool = False


class CatalogReader:
    """The catalog's configuration, dataset factories included, without a dataset being built.

    Args:
        config: the catalog's configuration, as the config loader gives it.
        project_path: the folder that relative paths start from.
    """

    def __init__(self, config: Mapping[str, Any], project_path: Path) -> None:
        self._config = {
            name: _without_credentials(entry)
            for name, entry in config.items()
            if isinstance(entry, Mapping) and not str(name).startswith("_")
        }
        self._project_path = project_path
        self._known: dict[str, Dataset] = {}

    def dataset(self, name: str) -> Dataset:
        """Returns where a dataset is stored."""
        if name not in self._known:
            self._known[name] = self._read(name)
        return self._known[name]

    def _read(self, name: str) -> Dataset:
        entry = self._config.get(name) or self._from_factory(name)
        if not entry:
            return Dataset(name, in_memory=True)
        kind = entry.get("type", "")
        # A cache, partitions, or an MLflow artifact around it; kedro-mlflow called it data_set with Kedro 0.18.
        inner = entry.get("dataset") or entry.get("data_set")
        described = {**inner, **entry} if isinstance(inner, Mapping) else entry
        if _is_memory(kind) or (isinstance(inner, Mapping) and _is_memory(inner.get("type", ""))):
            return Dataset(name, in_memory=True)
        location = described.get("filepath") or described.get("path")
        path = local_path(location, self._project_path) if isinstance(location, str) else None
        return Dataset(
            name,
            in_memory=False,
            path=path,
            versioned=bool(described.get("versioned")),
            in_home=path is not None and bool(_HOME.match(str(location))),
        )

    def _from_factory(self, name: str) -> Mapping[str, Any]:
        if self._resolver is not None:
            found = self._resolver.resolve_pattern(name)
            return found if isinstance(found, Mapping) else {}
        return self._resolve_before_0199(name)

    @cached_property
    def _resolver(self) -> Any:
        """Kedro's own resolver of dataset factories, which is public since 0.19.9."""
        try:
            from kedro.io import CatalogConfigResolver
        except ImportError:
            try:
                from kedro.io.catalog_config_resolver import CatalogConfigResolver
            except ImportError:
                return None
        patterns = {name: entry for name, entry in self._config.items() if "{" in name}
        try:
            return CatalogConfigResolver(
                patterns, {}, {"{default}": {"type": "kedro.io.MemoryDataset"}}
            )
        except TypeError:  # to 0.19, where a name without a pattern resolves to nothing
            return CatalogConfigResolver(patterns, {})

    def _resolve_before_0199(self, name: str) -> Mapping[str, Any]:
        """Resolves a factory by the rules of Kedro 0.18.12 to 0.19.8, whose code for it is private and moved twice.

        The pattern with most characters outside its braces wins, then the one with most placeholders, then the
        alphabet. See https://docs.kedro.org/en/0.18.14/data/kedro_dataset_factories.html
        """
        patterns = [name for name in self._config if "{" in name]
        if not patterns or not _has_factories():
            return {}
        from parse import parse

        patterns.sort(
            key=lambda pattern: (
                -len(re.sub(r"\{.*?\}", "", pattern)),
                -pattern.count("{"),
                pattern,
            ),
        )
        for pattern in patterns:
            found = parse(pattern, name)
            if found:
                filled = _filled(self._config[pattern], found.named)
                return filled if isinstance(filled, Mapping) else {}
        return {}


def local_path(location: str, project_path: Path) -> Optional[PurePosixPath]:
    """Returns the path that a location names, relative to the project's folder where it is below it.

    Returns:
        None for a URL of another protocol than ``file``.
    """
    protocol = _PROTOCOL.match(location)
    if protocol and protocol[1].lower() not in ("file", "local"):
        return None
    plain = location[protocol.end() :] if protocol else location
    path = Path(plain.replace("\\", "/")).expanduser()
    try:
        inside = Path(os.path.normpath(project_path / path)).relative_to(project_path)
    except ValueError:
        return PurePosixPath(os.path.normpath(path))
    return PurePosixPath(inside.as_posix())


def tracking_folder(uri: Any, project_path: Path) -> Optional[PurePosixPath]:
    """Returns the path where MLflow keeps its runs in files, None where a server keeps them."""
    if not isinstance(uri, str) or uri.split("-")[0] == "databricks":
        return None
    return local_path(uri.replace("sqlite:///", ""), project_path)


def _is_memory(kind: Any) -> bool:
    name = kind if isinstance(kind, str) else getattr(kind, "__name__", "")
    return name.rsplit(".", 1)[-1] in MEMORY_TYPES


def _without_credentials(value: Any) -> Any:
    """Removes credentials: they are not needed to find a path, and may not be there."""
    if isinstance(value, Mapping):
        return {
            key: _without_credentials(item) for key, item in value.items() if key != "credentials"
        }
    return value


def _filled(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        return {key: _filled(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, names) for item in value]
    return value.format_map(names) if isinstance(value, str) and "}" in value else value


def _has_factories() -> bool:
    import kedro

    return tuple(map(int, re.findall(r"\d+", kedro.__version__)[:3])) >= (0, 18, 12)
