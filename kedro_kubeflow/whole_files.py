"""Writes files whole or not at all, to a path or a URL."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Optional

from kedro_kubeflow.errors import InputError


def check_target(target: str, example: str) -> None:
    """Refuses a file that could not be written, before the work is done.

    Args:
        target: path or URL.
        example: a file's name, for the message about a folder.

    Raises:
        InputError: its folder does not exist, or it is a folder itself.
    """
    path = Path(target)
    if "://" in target:
        return
    if path.is_dir():
        raise InputError(
            f"{path}: this is a folder; give a file in it, for instance {path / example}"
        )
    if not path.parent.is_dir():
        raise InputError(
            f"{path}: the folder {path.parent} does not exist; create it, or give another file with --output"
        )


def write_text(text: str, target: str, what: str) -> int:
    """Writes a string to a path or a URL that fsspec knows, whole or not at all.

    Args:
        text: the whole content.
        target: path or URL, which :func:`check_target` has seen.
        what: names the content in messages.

    Returns:
        How many bytes were written.

    Raises:
        InputError: the target cannot be written.
    """
    content = text.encode("utf-8")
    if "://" in target:
        _write_remote(content, target, what)
        return len(content)
    path = Path(os.path.realpath(target))  # a link stays a link
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(content)  # a pipe or a device cannot be replaced
        else:
            write_whole({path: content})
    except OSError as err:
        raise InputError(f"{target}: {what} cannot be written: {err.strerror}") from err
    return len(content)


def _write_remote(content: bytes, target: str, what: str) -> None:
    import fsspec

    try:
        # Object stores show an object when it is complete; pipe_file hands it over in one piece.
        filesystem, path = fsspec.core.url_to_fs(target)
        filesystem.pipe_file(path, content)
    except Exception as err:
        raise InputError(f"{target}: {what} cannot be written: {err}") from err


def write_whole(contents: Mapping[Path, bytes]) -> None:
    """Writes files so that no reader ever sees a part of one, and a failure leaves all as it was.

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
