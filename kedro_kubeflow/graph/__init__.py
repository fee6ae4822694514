"""Draws an Argo workflow as SVG, or for Graphviz or Mermaid. Depends neither on Kedro nor on kfp."""

from __future__ import annotations

from kedro_kubeflow.graph.drawing import FORMATS, count_steps, draw, list_formats, picture_suffix
from kedro_kubeflow.graph.reading import read_picture

__all__ = ["FORMATS", "count_steps", "draw", "list_formats", "picture_suffix", "read_picture"]
