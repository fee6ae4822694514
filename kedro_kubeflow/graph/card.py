"""Computes the size of a box from its texts, and draws it as SVG."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from kedro_kubeflow.graph.layout import Place
from kedro_kubeflow.graph.palette import COLOURS, INK, MUTED
from kedro_kubeflow.graph.picture import Box, Kind
from kedro_kubeflow.graph.text import printable, shorten, text_width

_PAPER = "#ffffff"
_NAME_SIZE = 13.0
_SMALL_SIZE = 10.5
_PADDING = 14.0
_LEAST_WIDTH = 128.0
_MOST_TEXT = 236.0
_GRID = 16.0
"""Widths are multiples of it, so that names of about one length have boxes of one width."""

_NAME_LINE = 18.0
_SMALL_LINE = 15.0
_PILL_HEIGHT = 16.0
_PILL_GAP = 5.0
# A name in a namespace, as Kedro writes it; not 'f([a.b]) -> [c]', as it calls a node that has no name.
_NAMESPACED = re.compile(r"([^\s()\[\]]+)\.([^.\s()\[\]]+)")


@dataclass(frozen=True)
class Card:
    """A box whose texts are cut to fit.

    Attributes:
        above: the namespace, or an empty text.
        name: the rest of the name.
        pills: rows of notes.
        width: that it takes at least.
        height: that it takes at least.
    """

    above: str
    name: str
    pills: tuple[tuple[str, ...], ...]
    width: float
    height: float


def make_card(box: Box) -> Card:
    """Cuts a box's texts, and measures them."""
    full = printable(box.name)
    found = _NAMESPACED.fullmatch(full)
    above, name = (found[1], found[2]) if found else ("", full)
    above = shorten(above, _MOST_TEXT, _SMALL_SIZE)
    name = shorten(name, _MOST_TEXT, _NAME_SIZE, bold=True)
    pills = _pill_rows(
        [shorten(printable(note), _MOST_TEXT - 12, _SMALL_SIZE) for note in box.notes]
    )
    text = max(
        text_width(name, _NAME_SIZE, bold=True),
        text_width(above, _SMALL_SIZE),
        *(sum(map(_pill_width, row)) + _PILL_GAP * (len(row) - 1) for row in pills),
    )
    width = max(_LEAST_WIDTH, -(-(text + 2 * _PADDING) // _GRID) * _GRID)
    height = 22 + _NAME_LINE + (_SMALL_LINE if above else 0) + _pills_height(pills)
    return Card(above, name, pills, width, height)


def draw_card(box: Box, card: Card, place: Place, extra: str = "") -> list[str]:
    """Draws a box.

    Args:
        box: whose texts are cut in ``card``.
        card: of the box.
        place: its position; as large as the card or larger.
        extra: attributes of the border.
    """
    colours = COLOURS[box.kind]
    title = "\n".join(printable(line) for line in (box.name, *box.details))
    border = f'rx="9" fill="{colours.fill}" stroke="{colours.line}" stroke-width="1.4"{extra}'
    size = f'width="{place.width:g}" height="{place.height:g}"'
    lines = [f"<title>{escape(title)}</title>"]
    if box.kind is Kind.GROUP:
        # A second box behind: there is more than one node in it.
        lines.append(f'<rect x="{place.x + 4:g}" y="{place.y + 4:g}" {size} {border}/>')
    lines.append(f'<rect class="box" x="{place.x:g}" y="{place.y:g}" {size} {border}/>')
    middle = place.x + place.width / 2
    top = place.y + (place.height - card.height) / 2 + 11
    if card.above:
        lines.append(_text(card.above, middle, top + 10, _SMALL_SIZE, MUTED))
        top += _SMALL_LINE
    lines.append(_text(card.name, middle, top + 13.5, _NAME_SIZE, INK, ' font-weight="600"'))
    top += _NAME_LINE + 5
    for row in card.pills:
        left = middle - (sum(map(_pill_width, row)) + _PILL_GAP * (len(row) - 1)) / 2
        for pill in row:
            lines += _draw_pill(pill, left, top, colours.line)
            left += _pill_width(pill) + _PILL_GAP
        top += _PILL_HEIGHT + _PILL_GAP
    return lines


def _draw_pill(text: str, left: float, top: float, colour: str) -> list[str]:
    fill, ink = (colour, _PAPER) if text.endswith("GPU") else (_PAPER, INK)
    width = _pill_width(text)
    pill = (
        f'<rect x="{left:.1f}" y="{top:g}" width="{width:.1f}" height="{_PILL_HEIGHT:g}" rx="8" '
        f'fill="{fill}" stroke="{colour}" stroke-width="0.8"/>'
    )
    return [pill, _text(text, left + width / 2, top + 11.7, _SMALL_SIZE, ink)]


def _text(text: str, x: float, y: float, size: float, colour: str, extra: str = "") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" fill="{colour}"{extra}>'
        f"{escape(text)}</text>"
    )


def _pill_width(text: str) -> float:
    return text_width(text, _SMALL_SIZE) + 12


def _pill_rows(notes: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    rows: list[list[str]] = []
    used = 0.0
    for note in notes:
        width = _pill_width(note)
        if not rows or used + _PILL_GAP + width > _MOST_TEXT:
            rows.append([])
            used = -_PILL_GAP
        rows[-1].append(note)
        used += _PILL_GAP + width
    return tuple(map(tuple, rows))


def _pills_height(pills: Sequence[object]) -> float:
    return 5 + len(pills) * (_PILL_HEIGHT + _PILL_GAP) - _PILL_GAP if pills else 0.0
