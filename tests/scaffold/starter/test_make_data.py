"""The raw data in the starter is what its generator makes, and is as dirty as it claims."""

from __future__ import annotations

import csv
import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from types import ModuleType

openpyxl = pytest.importorskip("openpyxl", reason="the starter's shuttles are a spreadsheet")


@pytest.fixture(scope="module")
def make_data() -> ModuleType:
    path = Path(__file__).with_name("make_data.py")
    spec = importlib.util.spec_from_file_location("make_data", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def cells(path: Path) -> list[tuple[object, ...]]:
    return list(openpyxl.load_workbook(path).active.iter_rows(values_only=True))


def test_committed_data_is_what_the_generator_makes(make_data: ModuleType, tmp_path: Path) -> None:
    made = {path.name: path for path in make_data.write_data(tmp_path)}

    committed = {path.name: path for path in make_data.TEMPLATE_DATA.iterdir()}

    assert committed.keys() == made.keys() == {"companies.csv", "reviews.csv", "shuttles.xlsx"}
    for name in ("companies.csv", "reviews.csv"):
        assert committed[name].read_bytes() == made[name].read_bytes(), "run make_data.py"
    assert cells(committed["shuttles.xlsx"]) == cells(made["shuttles.xlsx"]), "run make_data.py"


def test_spreadsheet_carries_no_clock(
    make_data: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = make_data.as_xlsx(("a", "b"), [(1, "x"), (None, "y")])
    # What openpyxl and zipfile ask for the time of saving.
    monkeypatch.setattr("time.time", lambda: 2_000_000_000.0)
    monkeypatch.setattr("time.localtime", lambda *_: (2033, 5, 18, 3, 33, 20, 2, 138, 0))

    assert make_data.as_xlsx(("a", "b"), [(1, "x"), (None, "y")]) == first
    assert b"2033" not in first


def test_data_is_small_and_needs_cleaning(make_data: ModuleType) -> None:
    folder = make_data.TEMPLATE_DATA
    with (folder / "companies.csv").open(encoding="utf-8", newline="") as file:
        companies = list(csv.DictReader(file))
    header, *rows = cells(folder / "shuttles.xlsx")
    shuttles = [dict(zip(header, row)) for row in rows]

    assert sum(path.stat().st_size for path in folder.iterdir()) < 150_000
    assert len(shuttles) > 400
    assert len({company["company_id"] for company in companies}) < len(companies)
    assert {company["licensed"] for company in companies} == {"t", "f", ""}
    assert {company["on_time_rate"][-1:] for company in companies} == {"%", ""}
    assert any("," in shuttle["day_rate"] for shuttle in shuttles if shuttle["day_rate"])
    assert any(shuttle["day_rate"] is None for shuttle in shuttles)
    known = {company["company_id"] for company in companies}
    assert any(shuttle["company_id"] not in known for shuttle in shuttles)
