"""Draws a picture as SVG: the workflow from top to bottom, and the exit handler apart below it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape

from kedro_kubeflow.graph.card import Card, draw_card, make_card
from kedro_kubeflow.graph.layout import Layout, Place, lay_out
from kedro_kubeflow.graph.palette import COLOURS, EDGE, INK, MUTED
from kedro_kubeflow.graph.picture import Graph, Kind, Picture
from kedro_kubeflow.graph.text import printable, shorten, text_width

_MARGIN = 28.0
_LEAST_WIDTH = 360.0
_MOST_HEADER = 760.0
_ARROW = 7.0
_FONTS = "Helvetica, Arial, 'DejaVu Sans', 'Noto Sans', sans-serif"
_STYLE = "path:hover{stroke:#d6336c;stroke-width:2.4}"
_ON_EXIT = "Exit handler: last, whatever happened"
_DASHES = ' stroke-dasharray="5 4"'


def draw_svg(picture: Picture) -> str:
    """Draws a picture as SVG."""
    cards, layout = _arranged(picture.steps)
    exit_cards, exit_layout = _arranged(picture.on_exit)
    entries = _legend_entries(picture)
    inner = max(_LEAST_WIDTH, layout.width, exit_layout.width, _header_width(picture, entries))
    lines, top = _draw_header(picture, entries, inner)
    top += 22
    lines += _draw_graph(picture.steps, cards, layout, _MARGIN + (inner - layout.width) / 2, top)
    top += layout.height
    if picture.on_exit.boxes:
        left = _MARGIN + (inner - exit_layout.width) / 2
        lines += _draw_exit_line(picture.on_exit, exit_layout, inner, top + 24, left)
        top += 76
        lines += _draw_graph(picture.on_exit, exit_cards, exit_layout, left, top, last=True)
        top += exit_layout.height
    width, height = inner + 2 * _MARGIN, top + _MARGIN
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" font-family="{_FONTS}" role="img">'
    )
    start = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        head,
        f"<title>{escape(printable(picture.title))}</title>",
        f"<style>{_STYLE}</style>",
        '<rect width="100%" height="100%" fill="#ffffff"/>',
    ]
    return "\n".join([*start, *lines, "</svg>", ""])


def _arranged(graph: Graph) -> tuple[list[Card], Layout]:
    cards = [make_card(box) for box in graph.boxes]
    return cards, lay_out([(card.width, card.height) for card in cards], graph.edges)


def _draw_graph(
    graph: Graph,
    cards: Sequence[Card],
    layout: Layout,
    left: float,
    top: float,
    last: bool = False,
) -> list[str]:
    lines = ['<g class="edges" fill="none" stroke-width="1.4" stroke="' + EDGE + '">']
    names = [escape(printable(box.name)) for box in graph.boxes]
    for (source, target), route in zip(graph.edges, layout.routes):
        points = [(x + left, y + top) for x, y in route]
        lines.append(
            f'<path class="edge" d="{_curve(points)}"><title>{names[source]} → {names[target]}</title></path>'
        )
    lines.append("</g>")
    arrived = sorted({target for _, target in graph.edges})
    lines += [_arrow(_moved(layout.places[index], left, top)) for index in arrived]
    for index, (box, card) in enumerate(zip(graph.boxes, cards)):
        place = _moved(layout.places[index], left, top)
        lines.append(f'<g class="step{" exit" if last else ""}" text-anchor="middle">')
        lines += draw_card(box, card, place, _DASHES if last else "")
        lines.append("</g>")
    return lines


def _moved(place: Place, left: float, top: float) -> Place:
    return Place(round(place.x + left, 1), round(place.y + top, 1), place.width, place.height)


def _curve(points: Sequence[tuple[float, float]]) -> str:
    """Draws a line that leaves and arrives upright, bent in the gaps between rows only."""
    (x, y), *rest = points
    parts = [f"M{x:.1f} {y:.1f}"]
    for number, (next_x, next_y) in enumerate(rest):
        if number == len(rest) - 1:
            next_y -= _ARROW - 1
        if next_x == x:
            parts.append(f"V{next_y:.1f}")
        else:
            half = (y + next_y) / 2
            parts.append(f"C{x:.1f} {half:.1f} {next_x:.1f} {half:.1f} {next_x:.1f} {next_y:.1f}")
        x, y = next_x, next_y
    return "".join(parts)


def _arrow(place: Place) -> str:
    x, y = place.x + place.width / 2, place.y - 0.7
    return (
        f'<path class="arrow" d="M{x:.1f} {y:.1f}l-4 -{_ARROW:g}h8z" fill="{EDGE}" stroke="none"/>'
    )


def _draw_exit_line(graph: Graph, layout: Layout, inner: float, y: float, left: float) -> list[str]:
    """Draws the line below which is what runs last, and its arrows to what begins there."""
    line = (
        f'<path class="exit-edge" d="M{_MARGIN:g} {y:.1f}H{_MARGIN + inner:.1f}" fill="none" '
        f'stroke="{EDGE}" stroke-width="1.2"{_DASHES}/>'
    )
    lines = [line]
    waiting = {target for _, target in graph.edges}
    for index, box in enumerate(graph.boxes):
        if index not in waiting:
            place = _moved(layout.places[index], left, y + 52)
            x = place.x + place.width / 2
            lines.append(
                f'<path class="exit-edge" d="M{x:.1f} {y:.1f}V{place.y - _ARROW + 1:.1f}" fill="none" '
                f'stroke="{EDGE}" stroke-width="1.4"{_DASHES}>'
                f"<title>on exit → {escape(printable(box.name))}</title></path>"
            )
            lines.append(_arrow(place))
    return lines


def _legend_entries(picture: Picture) -> list[tuple[str, str, str]]:
    """Returns text, fill and border of each kind that occurs."""
    boxes = [*picture.steps.boxes, *picture.on_exit.boxes]
    there = {box.kind for box in boxes}
    entries = [
        (kind.value, COLOURS[kind].fill, f'stroke="{COLOURS[kind].line}"')
        for kind in Kind
        if kind in there
    ]
    if picture.on_exit.boxes:
        entries.append((_ON_EXIT, "#ffffff", f'stroke="{MUTED}"{_DASHES.replace("5 4", "3 2")}'))
    return entries


def _header_width(picture: Picture, entries: Sequence[tuple[str, str, str]]) -> float:
    texts = [text_width(text, size, bold) for text, size, bold, _ in _header_texts(picture)]
    legend = sum(_entry_width(text) for text, _, _ in entries)
    return min(_MOST_HEADER, max(*texts, legend))


def _header_texts(picture: Picture) -> list[tuple[str, float, bool, str]]:
    texts = [(printable(picture.title), 20.0, True, INK)]
    if picture.description:
        texts.append((printable(picture.description), 13.0, False, MUTED))
    if picture.common:
        common = f"Where a box says nothing else: {printable(picture.common)}"
        texts.append((common, 12.0, False, MUTED))
    return texts


def _draw_header(
    picture: Picture, entries: Iterable[tuple[str, str, str]], inner: float
) -> tuple[list[str], float]:
    lines, y = ['<g class="header">'], _MARGIN - 6
    for text, size, bold, colour in _header_texts(picture):
        y += size + 6
        weight = ' font-weight="600"' if bold else ""
        lines.append(
            f'<text x="{_MARGIN:g}" y="{y:g}" font-size="{size:g}" fill="{colour}"{weight}>'
            f"{escape(shorten(text, inner, size, bold))}</text>"
        )
    x, y = _MARGIN, y + 14
    for text, fill, border in entries:
        if x > _MARGIN and x + _entry_width(text) > _MARGIN + inner:
            x, y = _MARGIN, y + 20
        lines.append(
            f'<rect x="{x:.1f}" y="{y:g}" width="20" height="13" rx="4" fill="{fill}" {border} stroke-width="1.2"/>'
            f'<text x="{x + 27:.1f}" y="{y + 10.7:.1f}" font-size="11.5" fill="{MUTED}">{escape(text)}</text>'
        )
        x += _entry_width(text)
    lines.append("</g>")
    return lines, y + 13


def _entry_width(text: str) -> float:
    return 27 + text_width(text, 11.5) + 18
