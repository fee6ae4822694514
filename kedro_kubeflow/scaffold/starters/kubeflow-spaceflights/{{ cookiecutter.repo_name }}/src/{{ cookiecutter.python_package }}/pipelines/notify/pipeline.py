"""What runs last in the cluster, whatever happened before."""

from __future__ import annotations

from kedro.pipeline import Pipeline, node, pipeline

from .nodes import report_run


def create_pipeline() -> Pipeline:
    """Gives the pipeline from the parameters ``status`` and ``failures`` to ``run_report``."""
    return pipeline(
        [
            node(
                report_run,
                ["params:status", "params:failures"],
                "run_report",
                name="report_run",
                tags="notification",
            )
        ]
    )
