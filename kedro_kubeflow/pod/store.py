"""Passes data between the steps of a run through a shared folder or an object store."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath
from typing import Any

from kedro_kubeflow.argo import naming


class Store:
    """The place where the steps of one run leave data for each other.

    Args:
        location: a URL that fsspec knows, or a path.
        project_path: the project's folder, which a relative path starts from.
    """

    def __init__(self, location: str, project_path: Path) -> None:
        self._base = location.rstrip("/") if "://" in location else str(project_path / location)
        self._project_path = project_path

    def object_url(self, name: str) -> str:
        """Returns where the object of a dataset in memory is kept."""
        return f"{self._base}/memory/{naming.artifact_name(name)}-{naming.digest(name, 16)}.pkl"

    def put_files(self, path: PurePosixPath) -> None:
        """Keeps a file, or all files below a folder.

        Args:
            path: relative to the project's folder, or absolute. Nothing is kept where nothing is there.
        """
        local = self._project_path / path
        filesystem, base = _filesystem(f"{self._base}/files/{_key(path)}")
        if local.is_file():
            _put(filesystem, local, base)
        for file in (
            sorted(item for item in local.rglob("*") if item.is_file()) if local.is_dir() else ()
        ):
            _put(filesystem, file, f"{base}/{file.relative_to(local).as_posix()}")

    def get_files(self, path: PurePosixPath) -> None:
        """Fetches what :meth:`put_files` kept for a path or below it; nothing where nothing was kept."""
        filesystem, base = _filesystem(f"{self._base}/files/{_key(path)}")
        for found in filesystem.find(base):
            rest = found[len(base) :].strip("/")
            local = self._project_path / path / rest if rest else self._project_path / path
            local.parent.mkdir(parents=True, exist_ok=True)
            filesystem.get_file(found, str(local))


def open_url(url: str, mode: str) -> Any:
    """Opens a file of the store; a folder on a local disk is made when it is missing."""
    filesystem, path = _filesystem(url)
    if "w" in mode:
        _make_parent(filesystem, path)
    return filesystem.open(path, mode)


def exists(url: str) -> bool:
    """Returns whether a file of the store is there."""
    filesystem, path = _filesystem(url)
    return bool(filesystem.exists(path))


def _filesystem(url: str) -> tuple[Any, str]:
    import fsspec

    filesystem, path = fsspec.core.url_to_fs(url)
    return filesystem, path.rstrip("/")


def _put(filesystem: Any, local: Path, remote: str) -> None:
    _make_parent(filesystem, remote)
    filesystem.put_file(str(local), remote)


def _make_parent(filesystem: Any, path: str) -> None:
    # Object stores have no folders, and asking one to make some may try to make the bucket.
    if "file" in (
        filesystem.protocol if isinstance(filesystem.protocol, tuple) else (filesystem.protocol,)
    ):
        os.makedirs(os.path.dirname(path), exist_ok=True)


def _key(path: PurePosixPath) -> str:
    parts = ["__" if part == ".." else part for part in path.parts if part != "/"]
    return "/".join(["absolute", *parts] if path.is_absolute() else parts)
