"""Texts by path in, all of these files on disk or none of them out."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Optional


def write_whole(contents: Mapping[Path, bytes]) -> None:
    """Writes files so that nobody ever sees a part of one, and a failure leaves all as it was.

    Args:
        contents: what to write, by path. Folders are made; links stay links; a file that is there is replaced and
            keeps its mode.

    Raises:
        OSError: one of them cannot be written; none has been.
    """
    targets = {Path(os.path.realpath(path)): content for path, content in contents.items()}
    made: list[Path] = []
    parts: dict[Path, str] = {}
    before: dict[Path, Optional[bytes]] = {}
    try:
        for path, content in targets.items():
            _make_folder(path.parent, made)
            parts[path] = _write_part(path, content)
        for path, part in parts.items():
            previous = path.read_bytes() if path.exists() else None
            os.replace(part, path)
            before[path] = previous
    except BaseException:
        _undo(parts, before, made)
        raise


def _make_folder(folder: Path, made: list[Path]) -> None:
    for path in (*reversed(folder.parents), folder):
        if not path.exists():
            path.mkdir()
            made.append(path)


def _write_part(path: Path, content: bytes) -> str:
    # A temporary file is its owner's alone; a new one would be open as the umask says.
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask()
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(name, mode)
    except BaseException:
        os.unlink(name)
        raise
    return name


def _undo(
    parts: Mapping[Path, str], before: Mapping[Path, Optional[bytes]], made: list[Path]
) -> None:
    for path, previous in before.items():
        if previous is None:
            path.unlink()
        else:
            path.write_bytes(previous)
    for path, part in parts.items():
        if path not in before:
            os.unlink(part)
    for folder in reversed(made):
        folder.rmdir()


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
