"""The sources as they come in, tables with numbers and booleans in them out."""

from __future__ import annotations

import logging

import pandas as pd

logger = logging.getLogger(__name__)


def clean_companies(companies: pd.DataFrame) -> pd.DataFrame:
    """One row for each company: "93%" becomes 0.93, "t" becomes True, ports are spelt one way."""
    cleaned = companies.drop_duplicates("company_id").copy()
    cleaned["home_port"] = cleaned["home_port"].str.strip().str.title()
    cleaned["on_time_rate"] = pd.to_numeric(cleaned["on_time_rate"].str.rstrip("%")) / 100
    cleaned["licensed"] = _is_true(cleaned["licensed"])
    return cleaned.reset_index(drop=True)


def clean_shuttles(shuttles: pd.DataFrame) -> pd.DataFrame:
    """One row for each shuttle: "$1,234" becomes 1234.0, "t" becomes True, engines have a name."""
    cleaned = shuttles.drop_duplicates("shuttle_id").copy()
    cleaned["day_rate"] = pd.to_numeric(cleaned["day_rate"].str.replace(r"[$,]", "", regex=True))
    cleaned["engine"] = cleaned["engine"].str.lower().fillna("unknown")
    for column in ("hull_checked", "reentry_certified"):
        cleaned[column] = _is_true(cleaned[column])
    return cleaned.reset_index(drop=True)


def build_model_input_table(
    shuttles: pd.DataFrame, companies: pd.DataFrame, reviews: pd.DataFrame
) -> pd.DataFrame:
    """Joins the three, a row for each shuttle of a known company that has a price.

    A shuttle nobody reviewed stays in, its scores missing: the models know what to do about it.
    """
    table = (
        shuttles.dropna(subset=["day_rate"])
        .merge(companies, on="company_id", how="inner")
        .merge(reviews, on="shuttle_id", how="left")
    )
    logger.info("%d of %d shuttles can be used", len(table), len(shuttles))
    return table


def _is_true(column: pd.Series) -> pd.Series:
    """A missing answer counts as no: nobody vouched for it."""
    return column == "t"
