"""Writes a picture in the format that a file's suffix names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from kedro_kubeflow.errors import InputError
from kedro_kubeflow.lazy_names import lazy_function

if TYPE_CHECKING:
    from kedro_kubeflow.graph.picture import Picture


@dataclass(frozen=True)
class Format:
    """A format of a picture.

    Attributes:
        description: for messages and help.
        draw: writes a picture in it.
    """

    description: str
    draw: Callable[[Picture], str]


FORMATS: Mapping[str, Format] = {
    ".svg": Format("SVG", lazy_function("kedro_kubeflow.graph.svg", "draw_svg")),
    ".dot": Format("Graphviz", lazy_function("kedro_kubeflow.graph.text_formats", "draw_dot")),
    ".mmd": Format("Mermaid", lazy_function("kedro_kubeflow.graph.text_formats", "draw_mermaid")),
}
"""By the suffix of the file that they are written to; the first is that of standard output."""


def list_formats() -> str:
    """Lists the suffixes and what they mean, for messages and help."""
    *most, last = (f"{suffix} ({item.description})" for suffix, item in FORMATS.items())
    return f"{', '.join(most)} or {last}"


def picture_suffix(target: str) -> str:
    """Returns the format of a picture by the suffix of its file; standard output, ``-``, gets SVG.

    Raises:
        InputError: the name has none of the suffixes.
    """
    suffix = next(iter(FORMATS)) if target == "-" else PurePosixPath(target).suffix
    if suffix.lower() not in FORMATS:
        found = f"the suffix {suffix!r} is not supported" if suffix else "the name has no suffix"
        raise InputError(f"{target}: {found}; pass --output a file that ends in {list_formats()}")
    return suffix.lower()


def draw(picture: Picture, suffix: str) -> str:
    """Draws a picture in the format of a suffix; the same picture gives the same text."""
    return FORMATS[suffix].draw(picture)


def count_steps(picture: Picture) -> str:
    """Describes how many steps there are, and how many run one after another."""
    from kedro_kubeflow.graph.picture import levels_of

    graph = picture.steps
    count, longest = len(graph.boxes), max(levels_of(len(graph.boxes), graph.edges), default=0) + 1
    text = "1 step" if count == 1 else f"{count} steps"
    if count > 1:
        text += ", none after another" if longest == 1 else f", at most {longest} after one another"
    on_exit = len(picture.on_exit.boxes)
    return f"{text}, and {on_exit} on exit" if on_exit else text
