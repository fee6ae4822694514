"""One modelling pipeline, used twice: for the model in use and for the one that may follow it."""

from __future__ import annotations

from kedro.pipeline import Pipeline, node, pipeline

from .nodes import evaluate_regressor, split_table, train_regressor

NAMESPACES = ("active_modelling_pipeline", "candidate_modelling_pipeline")


def create_pipeline() -> Pipeline:
    """Gives both namespaces; they share table, features and split, and differ in their model."""
    modelling = pipeline(
        [
            node(
                split_table,
                ["model_input_table", "params:features", "params:split"],
                ["X_train", "X_test", "y_train", "y_test"],
                name="split_table",
            ),
            node(
                train_regressor,
                ["X_train", "y_train", "params:features", "params:model_options"],
                "regressor",
                name="train_regressor",
                tags="training",
            ),
            node(
                evaluate_regressor,
                ["regressor", "X_test", "y_test", "y_train"],
                "metrics",
                name="evaluate_regressor",
            ),
        ],
        tags="modelling",
    )
    return sum(
        (
            pipeline(
                modelling,
                namespace=namespace,
                inputs={"model_input_table"},
                parameters={"params:features", "params:split"},
            )
            for namespace in NAMESPACES
        ),
        pipeline([]),
    )
