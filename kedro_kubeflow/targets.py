"""A text and a path or URL in, the file out, whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from kedro_kubeflow.errors import InputError
from kedro_kubeflow.whole_files import write_whole


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
            f"{path}: the folder {path.parent} does not exist; make it, or give another file with --output"
        )


def write_text(text: str, target: str, what: str) -> int:
    """Writes a text to a path or a URL that fsspec knows, whole or not at all.

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
