"""Draws an Argo workflow as SVG, or for Graphviz or Mermaid. Depends neither on Kedro nor on kfp."""

from __future__ import annotations

from kedro_kubeflow.graph.drawing import SUFFIXES, count_steps, draw, picture_suffix
from kedro_kubeflow.graph.reading import read_picture

__all__ = ["SUFFIXES", "count_steps", "draw", "picture_suffix", "read_picture"]
