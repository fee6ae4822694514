"""Draws an Argo workflow as SVG, or for Graphviz or Mermaid. Depends neither on Kedro nor on kfp."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedro_kubeflow.lazy_names import lazy_names

if TYPE_CHECKING:
    from kedro_kubeflow.graph.drawing import (
        FORMATS,
        count_steps,
        draw,
        list_formats,
        picture_suffix,
    )
    from kedro_kubeflow.graph.reading import read_picture

__all__ = ["FORMATS", "count_steps", "draw", "list_formats", "picture_suffix", "read_picture"]

__getattr__ = lazy_names(
    __name__,
    {
        "drawing": ("FORMATS", "count_steps", "draw", "list_formats", "picture_suffix"),
        "reading": ("read_picture",),
    },
)
