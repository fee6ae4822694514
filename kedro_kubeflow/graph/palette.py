"""The colours of each kind of step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kedro_kubeflow.graph.picture import Kind

INK = "#1f2933"
MUTED = "#5b6875"
EDGE = "#8a97a5"


@dataclass(frozen=True)
class Colours:
    """Of a box: what fills it, and what its border and its GPUs are drawn with."""

    fill: str
    line: str


COLOURS: Mapping[Kind, Colours] = {
    Kind.NODE: Colours("#e9f2fd", "#3f7fcb"),
    Kind.GROUP: Colours("#efe9fc", "#7857c2"),
    Kind.VOLUME: Colours("#fff4dd", "#bd8114"),
    Kind.MLFLOW: Colours("#e2f6ec", "#28895c"),
    Kind.WAIT: Colours("#fdebe8", "#c9503f"),
    Kind.CONTAINER: Colours("#eef1f4", "#66737f"),
    Kind.OTHER: Colours("#f6f4e8", "#86825a"),
}
