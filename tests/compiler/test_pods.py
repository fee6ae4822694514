"""The pods of a workflow with everything in it, and that each setting by step reaches all of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kedro_kubeflow.argo import merge_template_defaults
from kedro_kubeflow.config.pod_options.settings import SETTINGS
from projects import Project

REGISTRY = """
def nothing(*values):
    return values[0]


def register_pipelines():
    return {
        "__default__": Pipeline([
            node(nothing, "raw", "clean", name="clean"),
            node(nothing, "clean", "model", name="train", tags=["gpu"]),
        ]),
        "notify": Pipeline([node(nothing, ["params:status", "params:failures"], "sent", name="send")]),
    }
"""

EVERYTHING: dict[str, Any] = {
    "on_exit_pipeline": "notify",
    "external_dependencies": [{"name": "[Other] __default__ (env: prod)"}],
    "mlflow": {"enabled": True},
}

PODS = {
    "data-volume-init",
    "wait-for-other-default-env-prod",
    "mlflow-start-run",
    "clean",
    "train",
    "on-exit-notify",
}

TERM = {"matchExpressions": [{"key": "zone", "operator": "In", "values": ["a"]}]}
REQUIRED = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [TERM]}}
CACHE = {"name": "cache", "emptyDir": {}}

# For each setting: what kubeflow.yaml says for all steps, and what each pod must then have.
EXPECTED: dict[str, tuple[Any, dict[str, Any]]] = {
    "resources": (
        {"cpu": "2", "memory": "3Gi"},
        {"container": {"resources": {"limits": {"cpu": "2", "memory": "3Gi"}}}},
    ),
    "node_selectors": ({"pool": "ml"}, {"nodeSelector": {"pool": "ml"}}),
    "tolerations": (
        [{"key": "ml", "operator": "Exists"}],
        {"tolerations": [{"key": "ml", "operator": "Exists"}]},
    ),
    "affinity": ({"nodeAffinity": REQUIRED}, {"affinity": {"nodeAffinity": REQUIRED}}),
    "labels": ({"team": "shop"}, {"metadata": {"labels": {"team": "shop"}}}),
    "annotations": ({"note": "x"}, {"metadata": {"annotations": {"note": "x"}}}),
    "retry_policy": ({"num_retries": 2}, {"retryStrategy": {"limit": 2}}),
    "timeout": (60, {"activeDeadlineSeconds": 60}),
    "extra_volumes": (
        [{"mount_path": "/cache", "volume": CACHE}],
        {
            "volumes": [CACHE],
            "container": {"volumeMounts": [{"mountPath": "/cache", "name": "cache"}]},
        },
    ),
    "images": (
        "registry.example.com/other:2",
        {"container": {"image": "registry.example.com/other:2"}},
    ),
}


def pods_of(workflow: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The templates of all pods, as Argo completes them."""
    spec = workflow["spec"]
    return {
        template["name"]: merge_template_defaults(spec["templateDefaults"], template)
        for template in spec["templates"]
        if "container" in template
    }


def holds(found: Any, wanted: Any) -> bool:
    """Whether all of a fragment is there, in mappings at any depth, and in lists among other items."""
    if isinstance(wanted, dict):
        return isinstance(found, dict) and all(holds(found.get(key), wanted[key]) for key in wanted)
    if isinstance(wanted, list):
        return isinstance(found, list) and all(
            any(holds(x, item) for x in found) for item in wanted
        )
    return bool(found == wanted)


def test_there_is_an_expectation_for_each_setting() -> None:
    assert set(EXPECTED) == set(SETTINGS)


@pytest.mark.parametrize("last", ["exit pipeline", "MLflow"])
def test_each_setting_reaches_every_pod(project: Callable[..., Project], last: str) -> None:
    run_config = {key: {"__default__": value} for key, (value, _) in EXPECTED.items()}
    run_config |= EVERYTHING if last == "exit pipeline" else {"mlflow": {"enabled": True}}
    names = (
        PODS
        if last == "exit pipeline"
        else {*PODS, "mlflow-end-run"}
        - {
            "on-exit-notify",
            "wait-for-other-default-env-prod",
        }
    )
    pods = pods_of(project(REGISTRY, run_config=run_config).compile())
    assert set(pods) == names
    missing = {
        (name, key)
        for name, pod in pods.items()
        for key, (_, wanted) in EXPECTED.items()
        if not holds(pod, wanted)
    }
    assert not missing


@pytest.mark.parametrize("pod", sorted(PODS))
def test_each_setting_can_be_given_to_one_pod(project: Callable[..., Project], pod: str) -> None:
    run_config = {key: {pod: value} for key, (value, _) in EXPECTED.items()} | EVERYTHING
    pods = pods_of(project(REGISTRY, run_config=run_config).compile())
    for key, (_, wanted) in EXPECTED.items():
        assert [name for name in pods if holds(pods[name], wanted)] == [pod], key


def test_what_all_pods_share_and_what_only_some_have(project: Callable[..., Project]) -> None:
    """The volume, the run's MLflow id, the run's environment, and what is never taken from the cache."""
    made = project(REGISTRY, run_config=EVERYTHING)
    pods = pods_of(made.compile(KEDRO_CONFIG_COMMIT_ID="abc123"))

    def those_with(wanted: dict[str, Any]) -> set[str]:
        return {name for name, pod in pods.items() if holds(pod, wanted)}

    environment = [
        {"name": "KEDRO_CONFIG_COMMIT_ID", "value": "abc123"},
        {"name": "KUBEFLOW_RUN_ID"},
    ]
    assert those_with({"container": {"env": environment}}) == PODS
    mount = {"container": {"volumeMounts": [{"name": "data-volume"}]}}
    assert those_with(mount) == {"data-volume-init", "clean", "train"}
    tracked = {"container": {"env": [{"name": "MLFLOW_RUN_ID"}]}}
    assert those_with(tracked) == {"clean", "train"}
    staleness = "pipelines.kubeflow.org/max_cache_staleness"
    assert those_with({"metadata": {"annotations": {staleness: "P0D"}}}) == PODS - {
        "clean",
        "train",
    }
