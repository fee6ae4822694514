"""Writes workflows like kfp's compiler."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Optional


def sample_workflow(
    steps: Optional[Mapping[str, Sequence[str]]] = None,
    parameters: Optional[Mapping[str, str]] = None,
    retries: Optional[Mapping[str, int]] = None,
    image: str = "registry.example.com/demo:1",
) -> dict[str, Any]:
    """Returns a workflow of steps, each with the steps that it depends on."""
    steps = {"load": (), "train": ("load",)} if steps is None else steps
    parameters = {"alpha": "0.5", "text": "x"} if parameters is None else parameters
    spec_note = {
        "name": "demo",
        "inputs": [{"name": n, "default": v} for n, v in parameters.items()],
    }
    tasks = [
        {"name": step, "template": step, **({"dependencies": list(before)} if before else {})}
        for step, before in steps.items()
    ]
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {
            "generateName": "demo-",
            "annotations": {"pipelines.kubeflow.org/pipeline_spec": json.dumps(spec_note)},
            "labels": {"pipelines.kubeflow.org/kfp_sdk_version": "1.8.24"},
        },
        "spec": {
            "entrypoint": "demo",
            "serviceAccountName": "pipeline-runner",
            "arguments": {"parameters": [{"name": n, "value": v} for n, v in parameters.items()]},
            "ttlStrategy": {"secondsAfterCompletion": 604800},
            "templates": [
                *(_step(step, image, (retries or {}).get(step, 0)) for step in steps),
                {"name": "demo", "dag": {"tasks": tasks}},
            ],
        },
    }


def _step(name: str, image: str, retries: int) -> dict[str, Any]:
    template: dict[str, Any] = {
        "name": name,
        "container": {
            "image": image,
            "command": ["kedro", "kubeflow", "run-step"],
            "args": ["--parameters", "{{workflow.parameters}}"],
            "env": [{"name": "KUBEFLOW_RUN_ID", "value": "{{workflow.uid}}"}],
            "resources": {"requests": {"cpu": "500m", "memory": "1024Mi"}},
        },
        "metadata": {"annotations": {"pipelines.kubeflow.org/task_display_name": f"{name} node"}},
    }
    if retries:
        template["retryStrategy"] = {"limit": retries, "retryPolicy": "Always"}
    return template
