# ruff: noqa: T201 - a script, run by hand
"""Nothing in, the starter's raw data out: companies.csv, shuttles.xlsx and reviews.csv.

    python tests/scaffold/starter/make_data.py [FOLDER]

All of it is made up. The prices follow from the other columns, with noise, so a model has something
to learn, and some of it only trees can see, no straight line. The files are dirty the way such
files are: percent and dollar signs, t/f, blanks, doubled rows, unknown companies.

The same bytes come out each time, on every machine: `random.Random.random` is the one method that
Python promises to keep, so every draw is made from it, and from it by additions and comparisons
alone; the spreadsheet carries one fixed date in place of today's.
"""

from __future__ import annotations

import csv
import io
import re
import sys
import zipfile
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from openpyxl import Workbook

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

TEMPLATE_DATA = (
    Path(__file__).parents[3]
    / "kedro_kubeflow/scaffold/starters/kubeflow-spaceflights/{{ cookiecutter.repo_name }}/data/01_raw"
)

COMPANY_COUNT = 45
SHUTTLE_COUNT = 420

COMPANY_COLUMNS = ("company_id", "home_port", "founded", "fleet_size", "on_time_rate", "licensed")
SHUTTLE_COLUMNS = (
    "shuttle_id",
    "company_id",
    "engine",
    "engines",
    "seats",
    "crew",
    "hull_checked",
    "reentry_certified",
    "day_rate",
)
REVIEW_COLUMNS = ("shuttle_id", "reviews", "comfort", "value", "overall")

PORTS = ("Tycho Harbour", "Ceres Dock", "Port Phobos", "Gateway Nine", "Kourou")
#: What an engine adds for each seat, in dollars a day.
ENGINES = {"Ion": 9.0, "Plasma": 14.0, "Fusion": 22.0}

Row = tuple[Any, ...]


def make_tables(seed: int = 20) -> dict[str, list[Row]]:
    """Draws the three tables.

    Args:
        seed: of the one random generator behind all draws.

    Returns:
        Rows by table (``companies``, ``shuttles``, ``reviews``), in the order of the columns above.
        A blank cell is None.
    """
    random = Random(seed)
    companies = [_draw_company(random, number) for number in range(1, COMPANY_COUNT + 1)]
    on_time = {company[0]: company[4] for company in companies}
    shuttles, reviews = [], []
    for number in range(1, SHUTTLE_COUNT + 1):
        company_id = f"C{_integer(random, 1, COMPANY_COUNT):03d}"
        quality = _normal(random)
        shuttles.append(_draw_shuttle(random, number, company_id, on_time[company_id], quality))
        if random.random() < 0.9:
            reviews.append(_draw_review(random, number, quality))
    return {
        "companies": _smear_companies(random, companies),
        "shuttles": _smear_shuttles(random, shuttles),
        "reviews": [_with_blanks(random, row, {2: 0.05, 3: 0.05, 4: 0.05}) for row in reviews],
    }


def _draw_company(random: Random, number: int) -> Row:
    return (
        f"C{number:03d}",
        _pick(random, PORTS),
        _integer(random, 2041, 2089),
        _integer(random, 2, 60),
        _integer(random, 62, 99),
        random.random() < 0.8,
    )


def _draw_shuttle(
    random: Random, number: int, company_id: str, on_time: int, quality: float
) -> Row:
    engine = _pick(random, tuple(ENGINES))
    engines = _integer(random, 1, 4)
    seats = _integer(random, 4, 48)
    crew = 2 + seats // 12 + _integer(random, 0, 2)
    hull_checked = random.random() < 0.7
    certified = random.random() < 0.6
    rate = 300.0 + ENGINES[engine] * seats + 85.0 * engines + 60.0 * crew + 90.0 * quality
    # What no sum of columns can say: punctual companies and certified large shuttles ask for more.
    if on_time >= 88:
        rate *= 1.35
    if certified and seats > 24:
        rate *= 1.4
    if not hull_checked:
        rate *= 0.85
    rate *= 1.0 + 0.04 * _normal(random)
    cells = (engine, engines, seats, crew, hull_checked, certified, round(rate))
    return (f"S{number:04d}", company_id, *cells)


def _draw_review(random: Random, number: int, quality: float) -> Row:
    comfort = _score(7.0 + 1.2 * quality + 0.5 * _normal(random))
    value = _score(6.5 + 0.8 * _normal(random))
    overall = _score((comfort + value) / 2 + 0.3 * _normal(random))
    return (f"S{number:04d}", _integer(random, 1, 250), comfort, value, overall)


def _smear_companies(random: Random, companies: Iterable[Row]) -> list[Row]:
    rows = []
    for company_id, port, founded, fleet, on_time, licensed in companies:
        spelt = (port, port.upper(), f" {port.lower()}")[_integer(random, 0, 2)]
        row = (company_id, spelt, founded, fleet, f"{on_time}%", "t" if licensed else "f")
        rows.append(_with_blanks(random, row, {3: 0.1, 4: 0.1, 5: 0.1}))
        if random.random() < 0.08:
            rows.append(rows[-1])
    return rows


def _smear_shuttles(random: Random, shuttles: Iterable[Row]) -> list[Row]:
    rows = []
    for shuttle_id, company_id, *middle, hull_checked, certified, rate in shuttles:
        owner = "C999" if random.random() < 0.02 else company_id
        flags = ("t" if hull_checked else "f", "t" if certified else "f")
        row = (shuttle_id, owner, *middle, *flags, f"${rate:,}")
        rows.append(_with_blanks(random, row, {2: 0.03, 6: 0.04, 8: 0.03}))
        if random.random() < 0.02:
            rows.append(rows[-1])
    return rows


def _with_blanks(random: Random, row: Row, chances: dict[int, float]) -> Row:
    """Empties each named cell with its chance; draws for every one, so that no draw moves."""
    blank = {index for index, chance in chances.items() if random.random() < chance}
    return tuple(None if index in blank else cell for index, cell in enumerate(row))


def _integer(random: Random, low: int, high: int) -> int:
    return low + int(random.random() * (high - low + 1))


def _pick(random: Random, choices: Sequence[str]) -> str:
    return choices[_integer(random, 0, len(choices) - 1)]


def _normal(random: Random) -> float:
    """About normal, mean 0 and deviation 1, as a sum of uniforms.

    A logarithm's last bits differ between machines, and those of `sum` since Python 3.12.
    """
    total = -6.0
    for _ in range(12):
        total += random.random()
    return total


def _score(value: float) -> float:
    return round(min(10.0, max(1.0, value)), 1)


def as_csv(columns: Sequence[str], rows: Iterable[Row]) -> bytes:
    """Gives a CSV file's bytes: UTF-8, one header line, line feeds."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue().encode()


def as_xlsx(columns: Sequence[str], rows: Iterable[Row]) -> bytes:
    """Gives a spreadsheet's bytes; no clock is in them."""
    workbook = Workbook()
    sheet = workbook.active
    sheet.title = "shuttles"
    sheet.append(columns)
    for row in rows:
        sheet.append(row)
    written = io.BytesIO()
    workbook.save(written)
    return _without_clock(written.getvalue())


def _without_clock(xlsx: bytes) -> bytes:
    """Undoes that openpyxl stamps each member and docProps/core.xml with the time of saving."""
    stamped = zipfile.ZipFile(io.BytesIO(xlsx))
    fixed = io.BytesIO()
    with zipfile.ZipFile(fixed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in stamped.namelist():
            content = stamped.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"\d{4}-\d\d-\d\dT[\d:.]+Z", b"2024-01-01T00:00:00Z", content)
            archive.writestr(
                zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED
            )
    return fixed.getvalue()


def write_data(folder: Path) -> tuple[Path, ...]:
    """Writes the three files into a folder that exists, and gives their paths."""
    tables = make_tables()
    contents = {
        "companies.csv": as_csv(COMPANY_COLUMNS, tables["companies"]),
        "shuttles.xlsx": as_xlsx(SHUTTLE_COLUMNS, tables["shuttles"]),
        "reviews.csv": as_csv(REVIEW_COLUMNS, tables["reviews"]),
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return tuple(folder / name for name in contents)


if __name__ == "__main__":
    for path in write_data(Path(sys.argv[1]) if len(sys.argv) > 1 else TEMPLATE_DATA):
        print(f"{path.stat().st_size:>7} bytes  {path}")
