"""Measured figures in, the table of targets out, as text and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Optional


@dataclass(frozen=True)
class Figure:
    """One measured number beside its target.

    Attributes:
        label: what it is of, within its row.
        value: what was measured.
        limit: the target.
        at_least: whether the target is to be reached, rather than not to be passed.
        existing: the same of the existing plugin, where it was measured.
        digits: decimals that mean something.
    """

    label: str
    value: float
    limit: float
    at_least: bool = False
    existing: Optional[float] = None
    digits: int = 2

    @property
    def met(self) -> bool:
        """Whether the target is reached."""
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def text(self, number: Optional[float]) -> str:
        """Gives a number as the table shows it."""
        return "" if number is None else f"{number:,.{self.digits}f}"


@dataclass(frozen=True)
class Row:
    """One line of the table of targets.

    Attributes:
        what: what is measured against what.
        figures: what came out.
        measured: the numbers that the figures were made of, by name.
    """

    what: str
    figures: tuple[Figure, ...]
    measured: dict[str, Any] = field(default_factory=dict)

    @property
    def met(self) -> bool:
        """Whether all its targets are reached."""
        return all(figure.met for figure in self.figures)


def as_json(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Gives the rows as JSON's types, with every sample."""
    return [
        {
            "what": row.what,
            "met": row.met,
            "figures": [{**asdict(figure), "met": figure.met} for figure in row.figures],
            "measured": row.measured,
        }
        for row in rows
    ]


def as_markdown(rows: Sequence[Row]) -> str:
    """Gives the rows as a table in Markdown, one line for each figure."""
    lines = [
        "| What | | Target | Measured | Existing plugin | |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        for number, figure in enumerate(row.figures):
            bound = "at least" if figure.at_least else "at most"
            cells = (
                row.what if number == 0 else "",
                figure.label,
                f"{bound} {figure.text(figure.limit)}",
                figure.text(figure.value),
                figure.text(figure.existing),
                "met" if figure.met else "**missed**",
            )
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"
