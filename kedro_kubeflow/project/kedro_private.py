"""Holds every access to names that Kedro declares private, with the reason why the public ones are not enough.

Each function says which versions of Kedro need it and what the public way is where there is one. The tests call all of
them on the real classes of each supported version, so that a release of Kedro that removes a name fails there first.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Optional


def set_save_version(session: Any, version: str) -> None:
    """Sets the version under which a session saves versioned datasets.

    All versions: ``KedroSession`` uses the session id of its store, which it makes from the clock, and the public
    ``session.store`` is a copy.
    """
    session._store["session_id"] = version


def register_hook(session: Any, hook: Any) -> None:
    """Registers a hook for one session.

    All versions: ``HOOKS`` in ``settings.py`` and the entry point ``kedro.hooks`` are public, but take hooks that are
    made before a step's arguments are known.
    """
    session._hook_manager.register(hook)


def configured_package() -> Optional[str]:
    """Returns the package of the project that this process has set up, or None.

    All versions: ``configure_project`` sets the undocumented ``PACKAGE_NAME``, which nothing public returns.
    """
    from kedro.framework import project

    return getattr(project, "PACKAGE_NAME", None)


def project_metadata(path: Path) -> Any:
    """Reads a project's metadata from its ``pyproject.toml``.

    All versions: the public ``bootstrap_project`` returns it too, but sets the project up again.
    """
    from kedro.framework import startup

    return startup._get_project_metadata(path)


def loader_globals(loader: Any) -> dict[str, Any]:
    """Returns the values that a config loader substitutes in configuration files; empty for loaders without any.

    Kedro 0.18 keeps those of ``TemplatedConfigLoader`` private. ``loader["globals"]`` is the public way with
    ``OmegaConfigLoader``; it reads the files again, and fails where there are none.
    """
    values = getattr(loader, "_config_mapping", None) or getattr(loader, "_globals", None) or {}
    return dict(values)


def wrap_file_system(loader: Any, wrap: Callable[[Any], Any]) -> None:
    """Replaces the file system through which an ``OmegaConfigLoader`` reads.

    All versions that have this loader: there is no public way to change a file's text before it is parsed.
    """
    loader._fs = wrap(loader._fs)


def catalog_get(catalog: Any, name: str) -> Any:
    """Returns a dataset of a live catalog, from a factory too, or None where the catalog has none of that name.

    ``catalog.get`` is public from Kedro 1.0 on; the ``DataCatalog`` of 0.18 and 0.19 has no public way.
    """
    if not hasattr(catalog, "_get_dataset"):
        return catalog.get(name) if name in catalog else None
    try:
        return catalog._get_dataset(name)
    except Exception as err:
        # The classes' module and spelling differ between versions.
        if type(err).__name__ in ("DatasetNotFoundError", "DataSetNotFoundError"):
            return None
        raise


def without_cache(dataset: Any) -> Any:
    """Returns the dataset that a ``CachedDataset`` wraps; any other dataset as it is.

    All versions: there is no public way.
    """
    return getattr(dataset, "_dataset", None) or dataset


def local_location(dataset: Any) -> Optional[str]:
    """Returns the path of a dataset's file or folder, None where it has none or is not on a local disk.

    All versions: ``filepath`` and ``path`` are arguments of the datasets' constructors, without a public attribute.
    """
    location = getattr(dataset, "_filepath", None) or getattr(dataset, "_path", None)
    if not location or getattr(dataset, "_protocol", "file") not in ("file", "local"):
        return None
    return str(location)


def is_versioned(dataset: Any) -> bool:
    """Returns whether a dataset saves each version apart.

    All versions: there is no public way.
    """
    return getattr(dataset, "_version", None) is not None


def pin_load_version(dataset: Any, version: str) -> bool:
    """Makes a versioned dataset load one version, unless it is pinned already or has no such version.

    All versions: ``session.run(load_versions=…)`` is public, but fails where a dataset has no such version, and only
    the dataset itself knows.

    Returns:
        Whether it will load that version.
    """
    if not is_versioned(dataset) or not hasattr(dataset, "_get_versioned_path"):
        return False
    if dataset._version.load is not None:
        return False
    if not dataset._exists_function(str(dataset._get_versioned_path(version))):
        return False
    from kedro.io.core import Version

    dataset._version = Version(version, dataset._version.save)
    return True


def remove_version(dataset: Any, version: str) -> bool:
    """Removes one version of a versioned dataset, whole or half-written.

    All versions: there is no public way, and a dataset refuses to save a version that exists.

    Returns:
        Whether there was one.
    """
    dataset = without_cache(dataset)
    if not is_versioned(dataset) or not hasattr(dataset, "_get_versioned_path"):
        return False
    folder = str(dataset._get_versioned_path(version).parent)
    files = getattr(dataset, "_fs", None)
    if files is not None:
        if not files.isdir(folder):
            return False
        files.rm(folder, recursive=True)
        return True
    if not Path(folder).is_dir():
        return False
    shutil.rmtree(folder)
    return True
