"""Cleans the three sources and joins them."""

from __future__ import annotations

from kedro.pipeline import Pipeline, node, pipeline

from .nodes import build_model_input_table, clean_companies, clean_shuttles


def create_pipeline() -> Pipeline:
    """Gives the pipeline from ``companies``, ``shuttles``, ``reviews`` to ``model_input_table``."""
    return pipeline(
        [
            node(clean_companies, "companies", "cleaned_companies", name="clean_companies"),
            node(clean_shuttles, "shuttles", "cleaned_shuttles", name="clean_shuttles"),
            node(
                build_model_input_table,
                ["cleaned_shuttles", "cleaned_companies", "reviews"],
                "model_input_table",
                name="build_model_input_table",
            ),
        ],
        tags="processing",
    )
