"""Measures texts, and shortens them to a width.

No font is at hand, and the viewer's is not known. The widths are of DejaVu Sans, a wide one, so that others fit too.
"""

from __future__ import annotations

import unicodedata

ELLIPSIS = "…"

_BOLD = 1.13
# Hundredths of the font's size; what is not listed is as wide as its kind below.
_WIDTHS = {
    char: width
    for chars, width in (
        ("il'j", 30),
        ("fI:;.,/\\|", 36),
        ("()[]tr!", 43),
        (" -", 38),
        ('_s`*"', 54),
        ("Jczxkvy", 60),
        ("wM%@W", 100),
        ("mOQGDH", 99),
        ("+=<>~^#&", 84),
        ("…—", 100),
    )
    for char in chars
}
_LAST_LATIN = "\u024f"
_LOWER, _UPPER, _DIGIT, _WIDE, _OTHER = 65, 78, 64, 102, 95


def text_width(text: str, size: float, bold: bool = False) -> float:
    """Returns an upper bound of a text's width, in the unit of ``size``."""
    hundredths = sum(map(_char_width, text))
    return hundredths / 100 * size * (_BOLD if bold else 1.0)


def shorten(text: str, width: float, size: float, bold: bool = False) -> str:
    """Shortens a text in the middle until it fits a width."""
    if text_width(text, size, bold) <= width:
        return text
    room = width - text_width(ELLIPSIS, size, bold)
    head, tail = 0, len(text)
    while head < tail:
        # The two ends grow in turn.
        grown = (head + 1, tail) if head <= len(text) - tail else (head, tail - 1)
        if text_width(text[: grown[0]] + text[grown[1] :], size, bold) > room:
            break
        head, tail = grown
    # A combining mark must not be separated from its letter.
    while tail < len(text) and unicodedata.combining(text[tail]):
        tail += 1
    return f"{text[:head]}{ELLIPSIS}{text[tail:]}"


def printable(text: str) -> str:
    """Returns a text on one line, without the characters that XML refuses."""
    return "".join(char if _allowed(char) else "\ufffd" for char in " ".join(text.split()))


def _char_width(char: str) -> int:
    known = _WIDTHS.get(char)
    if known is not None:
        return known
    category = unicodedata.category(char)
    if category in ("Mn", "Me", "Cf"):
        return 0
    if unicodedata.east_asian_width(char) in "WF":
        return _WIDE if category == "Lo" else 140  # emoji are wider than their line is high
    if char > _LAST_LATIN:
        return {"Ll": 84, "Lu": 100}.get(category, _OTHER)
    return {"Ll": _LOWER, "Lu": _UPPER, "Nd": _DIGIT}.get(category, _OTHER)


def _allowed(char: str) -> bool:
    return char.isprintable() or unicodedata.category(char) in ("Cf", "Zs")
