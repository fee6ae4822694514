"""Writes a picture in the format that a file's suffix names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import PurePosixPath

from kedro_kubeflow.errors import InputError
from kedro_kubeflow.graph.picture import Picture, levels_of
from kedro_kubeflow.graph.svg import draw_svg
from kedro_kubeflow.graph.text_formats import draw_dot, draw_mermaid

_FORMATS: Mapping[str, Callable[[Picture], str]] = {
    ".svg": draw_svg,
    ".dot": draw_dot,
    ".mmd": draw_mermaid,
}
SUFFIXES = tuple(_FORMATS)


def picture_suffix(target: str) -> str:
    """Returns the format of a picture by the suffix of its file; standard output, ``-``, gets SVG.

    Raises:
        InputError: the name has none of the suffixes.
    """
    suffix = ".svg" if target == "-" else PurePosixPath(target).suffix
    if suffix.lower() not in _FORMATS:
        raise InputError(
            f"{target}: {f'the suffix {suffix!r} is' if suffix else 'it has no suffix, which should be'} none of "
            ".svg (a picture), .dot (Graphviz), .mmd (Mermaid); give a file with one of them to --output"
        )
    return suffix.lower()


def draw(picture: Picture, suffix: str) -> str:
    """Draws a picture in the format of a suffix; the same picture gives the same text."""
    return _FORMATS[suffix](picture)


def count_steps(picture: Picture) -> str:
    """Says how many steps there are, and how many must wait for each other."""
    graph = picture.steps
    count, longest = len(graph.boxes), max(levels_of(len(graph.boxes), graph.edges), default=0) + 1
    text = "1 step" if count == 1 else f"{count} steps"
    if count > 1:
        text += ", none after another" if longest == 1 else f", at most {longest} after one another"
    on_exit = len(picture.on_exit.boxes)
    return f"{text}, and {on_exit} on exit" if on_exit else text
