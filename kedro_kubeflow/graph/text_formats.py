"""Writes a picture in the languages of Graphviz and Mermaid."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kedro_kubeflow.graph.palette import COLOURS
from kedro_kubeflow.graph.picture import Box, Graph, Kind, Picture
from kedro_kubeflow.graph.text import printable


def draw_dot(picture: Picture) -> str:
    """Writes a picture in Graphviz' language, DOT."""
    lines = [
        f"digraph {_dot_text(picture.title)} {{",
        f"  graph [rankdir=TB, label={_dot_text(picture.title)}, labelloc=t, fontname=Helvetica];",
        '  node [shape=box, style="rounded,filled", fontname=Helvetica, fontsize=11];',
        '  edge [color="#8a97a5"];',
    ]
    for prefix, graph, style in (("s", picture.steps, ""), ("e", picture.on_exit, "dashed")):
        for index, box in enumerate(graph.boxes):
            colours = COLOURS[box.kind]
            dashed = f', style="rounded,filled,{style}"' if style else ""
            label = _dot_text("\n".join(_label_lines(box)))
            lines.append(
                f'  {prefix}{index} [label={label}, fillcolor="{colours.fill}", color="{colours.line}"{dashed}];'
            )
        lines += [f"  {prefix}{source} -> {prefix}{target};" for source, target in graph.edges]
    lines += [f"  s{last} -> e{first} [style=dashed];" for last, first in _exit_edges(picture)]
    return "\n".join([*lines, "}", ""])


def draw_mermaid(picture: Picture) -> str:
    """Writes a picture in Mermaid's language, as GitHub and GitLab draw it in Markdown."""
    lines = ["---", f"title: {_yaml_text(printable(picture.title))}", "---", "flowchart TD"]
    kinds: dict[Kind, list[str]] = {}
    for prefix, graph in (("s", picture.steps), ("e", picture.on_exit)):
        for index, box in enumerate(graph.boxes):
            label = "<br/>".join(map(_mermaid_text, _label_lines(box)))
            lines.append(f'  {prefix}{index}("{label}")')
            kinds.setdefault(box.kind, []).append(f"{prefix}{index}")
        lines += [f"  {prefix}{source} --> {prefix}{target}" for source, target in graph.edges]
    lines += [f"  s{last} -.-> e{first}" for last, first in _exit_edges(picture)]
    for kind, names in kinds.items():
        colours = COLOURS[kind]
        name = f"kind-{kind.name.lower()}"
        lines.append(f"  classDef {name} fill:{colours.fill},stroke:{colours.line},color:#1f2933")
        lines.append(f"  class {','.join(names)} {name}")
    return "\n".join([*lines, ""])


def _label_lines(box: Box) -> list[str]:
    return [printable(box.name), *([printable(", ".join(box.notes))] if box.notes else [])]


def _exit_edges(picture: Picture) -> list[tuple[int, int]]:
    return [
        (last, first)
        for last in _ends(picture.steps, lambda edge: edge[0])
        for first in _ends(picture.on_exit, lambda edge: edge[1])
    ]


def _ends(graph: Graph, side: Callable[[tuple[int, int]], int]) -> Sequence[int]:
    inner = {side(edge) for edge in graph.edges}
    return [index for index in range(len(graph.boxes)) if index not in inner]


def _dot_text(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    escaped = escaped.replace("&", "&amp;")  # Graphviz knows HTML's entities in all texts
    return f'"{escaped}"'


def _yaml_text(text: str) -> str:
    # In single quotes YAML knows no escapes but the quote itself.
    return "'" + text.replace("'", "''") + "'"


def _mermaid_text(text: str) -> str:
    # Mermaid draws labels as HTML, and has codes of its own for what its language uses.
    return "".join(f"#{ord(char)};" if char in '"#&<>`;\\' else char for char in text)
