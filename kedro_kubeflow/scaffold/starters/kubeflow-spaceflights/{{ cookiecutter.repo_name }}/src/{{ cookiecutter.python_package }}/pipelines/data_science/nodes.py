"""The table for the models in, a trained model and what it is worth out."""

from __future__ import annotations

import logging
from typing import Any

import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.ensemble import GradientBoostingRegressor, RandomForestRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_absolute_error, r2_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

logger = logging.getLogger(__name__)

#: What `model_options.regressor.kind` may say.
REGRESSORS = {
    "ridge": Ridge,
    "random_forest": RandomForestRegressor,
    "gradient_boosting": GradientBoostingRegressor,
}


def split_table(
    table: pd.DataFrame, features: dict, split: dict
) -> tuple[pd.DataFrame, pd.DataFrame, pd.Series, pd.Series]:
    """Splits the table into ``X_train``, ``X_test``, ``y_train``, ``y_test``."""
    columns = [*features["numeric"], *features["categorical"]]
    X_train, X_test, y_train, y_test = train_test_split(
        table[columns],
        table[features["target"]],
        test_size=split["test_share"],
        random_state=split["random_state"],
    )
    return X_train, X_test, y_train, y_test


def train_regressor(
    X_train: pd.DataFrame,
    y_train: pd.Series,
    features: dict,
    model_options: dict,
) -> Pipeline:
    """Trains the regressor that the options name, and with it what prepares its columns."""
    kind = model_options["regressor"]["kind"]
    if kind not in REGRESSORS:
        raise ValueError(f"model_options.regressor.kind: {kind!r} is not one of {[*REGRESSORS]}")
    columns = make_column_transformer(
        (make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), features["numeric"]),
        (OneHotEncoder(handle_unknown="ignore"), features["categorical"]),
    )
    regressor = REGRESSORS[kind](**model_options["regressor"]["options"])
    return make_pipeline(columns, regressor).fit(X_train, y_train)


def evaluate_regressor(
    regressor: Pipeline, X_test: pd.DataFrame, y_test: pd.Series, y_train: pd.Series
) -> dict[str, Any]:
    """Scores the model on rows it never saw, beside what guessing the mean would score."""
    predicted = regressor.predict(X_test)
    guessed = [y_train.mean()] * len(y_test)
    metrics = {
        "model": type(regressor[-1]).__name__,
        "r2": round(float(r2_score(y_test, predicted)), 4),
        "mean_absolute_error": round(float(mean_absolute_error(y_test, predicted)), 2),
        "baseline_mean_absolute_error": round(float(mean_absolute_error(y_test, guessed)), 2),
        "test_rows": len(y_test),
    }
    logger.info(
        "%(model)s: R2 %(r2).3f, off by $%(mean_absolute_error).0f a day on average "
        "(guessing the mean: $%(baseline_mean_absolute_error).0f)",
        metrics,
    )
    return metrics
