"""The table's rows in, a picture of them out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from statistics import median

from benchmarks.table import Figure, Row

COLOURS = {"ours": "#2a7f62", "existing": "#b4553b", "floor": "#8a8a8a"}


def draw_table(rows: Sequence[Row], title: str, path: Path) -> None:
    """Draws each figure as a share of its target, and compilation's time over the number of nodes.

    Args:
        rows: what was measured.
        title: what stands above.
        path: a PNG file.
    """
    # Late: the measuring process stays small, since a child's peak counts what it had of its parent.
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    picture, (left, right) = plt.subplots(1, 2, figsize=(15, 6), width_ratios=(3, 2))
    named = [(_name(row, figure), figure) for row in rows for figure in row.figures]
    shares = [_share(figure) for _, figure in named]
    colours = ["#2a7f62" if figure.met else "#b4553b" for _, figure in named]
    left.barh([name for name, _ in named], shares, color=colours)
    left.axvline(1, color="black", linewidth=1)
    left.set_xlabel("share of the target used (target missed to the right of 1)")
    left.invert_yaxis()
    left.tick_params(axis="y", labelsize=8)
    _draw_compilation(right, rows)
    picture.suptitle(title)
    picture.tight_layout()
    picture.savefig(path, dpi=120)


def _name(row: Row, figure: Figure) -> str:
    return (
        f"{row.what.replace('`', '')}, {figure.label}"
        if figure.label
        else row.what.replace("`", "")
    )


def _share(figure: Figure) -> float:
    if figure.at_least:
        return figure.limit / figure.value
    return figure.value / figure.limit if figure.limit else 1.0 + figure.value


def _draw_compilation(axes: object, rows: Sequence[Row]) -> None:
    """Draws median seconds of processor time, on logarithmic scales, where a straight line of slope 1 is linear."""
    for row in rows:
        sizes = {int(size): taken for size, taken in row.measured.items() if size.isdigit()}
        if "floor" not in next(iter(sizes.values()), {}):
            continue
        for name, colour in COLOURS.items():
            seconds = [median(sample[0] for sample in taken[name]) for taken in sizes.values()]
            axes.loglog(list(sizes), seconds, "o-", color=colour, label=name)  # type: ignore[attr-defined]
        axes.set_xlabel("nodes")  # type: ignore[attr-defined]
        axes.set_ylabel("compile: seconds of processor time")  # type: ignore[attr-defined]
        axes.legend()  # type: ignore[attr-defined]
