"""The project of which the golden workflows are made."""

from __future__ import annotations

REGISTRY = """
def nothing(*values):
    return values[0]


def register_pipelines():
    shop = Pipeline([
        node(nothing, ["raw", "params:my param"], "clean", name="clean"),
        node(nothing, "clean", "memory", name="prepare.data", tags=["big", "group.model"]),
        node(nothing, ["memory", "params:model.alpha"], "model", name="prepare_data", tags=["gpu", "group.model"]),
        node(nothing, ["model", "memory"], "größe.scores", name="evaluate"),
    ])
    return {
        "__default__": shop,
        "notify": Pipeline([node(nothing, ["params:status", "params:failures"], "sent", name="notify")]),
    }
"""

CATALOG = {
    "raw": {"type": "shop.datasets.JSONFile", "filepath": "data/01_raw/raw.json"},
    "clean": {"type": "shop.datasets.JSONFile", "filepath": "data/02_intermediate/clean.json"},
    "model": {
        "type": "shop.datasets.PickleFile",
        "filepath": "data/06_models/model.pickle",
        "versioned": True,
    },
    "größe.scores": {"type": "shop.datasets.JSONFile", "filepath": "s3://bucket/scores.json"},
}

PARAMETERS = {
    "my param": "a {{workflow.name}}",
    "model": {"alpha": 0.1, "layers": [[1, 2], [3]], "note": "größe"},
    "when": "2026-01-01",
    "none": None,
}
