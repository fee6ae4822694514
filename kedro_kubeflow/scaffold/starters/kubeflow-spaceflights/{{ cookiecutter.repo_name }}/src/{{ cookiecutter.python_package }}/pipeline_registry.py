"""The pipelines of this project by name."""

from __future__ import annotations

from kedro.pipeline import Pipeline

from .pipelines import data_processing, data_science, notify


def register_pipelines() -> dict[str, Pipeline]:
    """Gives every pipeline that `kedro run --pipeline` and `kedro kubeflow -p` know."""
    processing = data_processing.create_pipeline()
    science = data_science.create_pipeline()
    return {
        "__default__": processing + science,
        "data_processing": processing,
        "data_science": science,
        # Not in the default: it runs after everything else, as on_exit_pipeline of kubeflow.yaml.
        "notify": notify.create_pipeline(),
    }
