"""Copies the project for a step so that no file is shared: what a pod gets from its image.

Copying happens before every attempt of every step, so it is left to the kernel where that is able
to: file systems that let two files share blocks until one of them is written to (btrfs, xfs) then
copy no data at all. Hard links are out of the question: a step may write to a file in place.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
from collections.abc import Collection
from pathlib import Path
from typing import Callable

# What no image of a project holds: version control, caches, environments, runs on this machine.
LEFT_OUT_NAMES = frozenset(
    {
        ".git",
        ".hg",
        ".ipynb_checkpoints",
        ".kedro-kubeflow",
        ".mypy_cache",
        ".nox",
        ".pytest_cache",
        ".ruff_cache",
        ".tox",
        "__pycache__",
        "node_modules",
    }
)
_VENV_MARK = "pyvenv.cfg"

_CHUNK_BYTES = 1 << 30


class CopyStoppedError(Exception):
    """The copy was called off halfway."""


def copy_project(
    source: Path,
    target: Path,
    *,
    left_out: Collection[str] = (),
    stopped: Callable[[], bool] = lambda: False,
) -> None:
    """Copy a project, without what :data:`LEFT_OUT_NAMES` and virtual environments hold.

    Symbolic links stay links; one that leads by an absolute path into the project leads into the
    copy. Modes and times of files stay. Sockets, pipes and devices are left out.

    Args:
        source: an absolute path with no link in it.
        target: must not exist; its parent must.
        left_out: absolute paths below ``source`` that are left out too.
        stopped: asked now and then whether to give up.

    Raises:
        CopyStoppedError: ``stopped`` said so.
        OSError: something could not be read or written.
    """
    _copy(
        source,
        target,
        is_left_out=lambda entry: entry.name in LEFT_OUT_NAMES or entry.path in left_out,
        leave_out_venvs=True,
        stopped=stopped,
    )


def copy_output(source: Path, target: Path) -> None:
    """Copy all of a file or folder, links followed where ``source`` is one.

    Args:
        source: an absolute path.
        target: must not exist; its parent must.

    Raises:
        OSError: something could not be read or written.
    """
    source = Path(os.path.realpath(source))
    if source.is_dir():
        _copy(
            source,
            target,
            is_left_out=lambda entry: False,
            leave_out_venvs=False,
            stopped=lambda: False,
        )
    else:
        _copy_file(str(source), str(target))


def remove_tree(folder: Path) -> None:
    """Remove a folder with all it holds, folders that may not be written to as well.

    Links in it are removed, not followed; a folder that is not there is no error.

    Raises:
        OSError: it is still there after a second try.
    """
    with contextlib.suppress(OSError):
        shutil.rmtree(folder)
        return
    # A step may take its own permissions away, or end while a child of it still writes.
    for path, _, _ in os.walk(folder):
        with contextlib.suppress(OSError):
            os.chmod(path, stat.S_IRWXU)
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(folder)


def _copy(
    source: Path,
    target: Path,
    *,
    is_left_out: Callable[[os.DirEntry[str]], bool],
    leave_out_venvs: bool,
    stopped: Callable[[], bool],
) -> None:
    root = str(source)
    modes: list[tuple[str, int]] = []
    stack: list[tuple[str, str]] = [(root, str(target))]
    while stack:
        folder, copied = stack.pop()
        with os.scandir(folder) as found:
            entries = list(found)
        if leave_out_venvs and folder != root and any(e.name == _VENV_MARK for e in entries):
            continue
        os.mkdir(copied)
        modes.append((copied, stat.S_IMODE(os.stat(folder).st_mode)))
        for entry in entries:
            if stopped():
                raise CopyStoppedError
            if is_left_out(entry):
                continue
            destination = f"{copied}{os.sep}{entry.name}"
            if entry.is_symlink():
                os.symlink(_link_target(entry.path, root, str(target)), destination)
            elif entry.is_dir():
                stack.append((entry.path, destination))
            elif entry.is_file():
                _copy_if_there(entry.path, destination)
    # Last, and the deepest first: a folder that may not be written to could not be filled.
    for copied, mode in reversed(modes):
        os.chmod(copied, mode)


def _link_target(link: str, root: str, copied_root: str) -> str:
    target = os.readlink(link)
    if target == root or target.startswith(root + os.sep):
        return copied_root + target[len(root) :]
    return target


def _copy_if_there(source: str, target: str) -> None:
    try:
        _copy_file(source, target)
    except FileNotFoundError:
        # Editors and data tools make files for a moment beside those they save.
        if os.path.lexists(source):
            raise


def _copy_file(source: str, target: str) -> None:
    with open(source, "rb") as reading, open(target, "xb") as writing:
        status = os.fstat(reading.fileno())
        if not _copied_by_kernel(reading.fileno(), writing.fileno(), status.st_size):
            shutil.copyfileobj(reading, writing)
        os.fchmod(writing.fileno(), stat.S_IMODE(status.st_mode))
    os.utime(target, ns=(status.st_atime_ns, status.st_mtime_ns))


def _copied_by_kernel(reading: int, writing: int, size: int) -> bool:
    if not hasattr(os, "copy_file_range"):  # Linux only
        return False
    copied = 0
    try:
        while copied < size:
            step = os.copy_file_range(reading, writing, _CHUNK_BYTES)
            if not step:
                break  # the file has become shorter
            copied += step
    except OSError:
        if copied:
            raise
        return False  # not between these two file systems, or not by this kernel
    return copied > 0 or size == 0
