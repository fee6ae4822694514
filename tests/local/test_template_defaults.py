"""Completing a template with the workflow's defaults, as Argo does."""

from __future__ import annotations

import copy

import yaml

from kedro_kubeflow.argo.template_defaults import merge_template_defaults

DEFAULTS = yaml.safe_load(
    """
    container:
      command: [kedro, kubeflow, run-step]
      args: [--help]
      workingDir: /home/kedro
      imagePullPolicy: IfNotPresent
      env:
      - {name: A, value: default a}
      - {name: B, value: default b}
      volumeMounts:
      - {name: data, mountPath: /home/kedro/data}
      resources: {requests: {cpu: 500m, memory: 1Gi}}
      ports: [{containerPort: 80, name: http}]
    metadata: {labels: {team: x, kind: default}}
    tolerations: [{key: gpu, operator: Exists}]
    activeDeadlineSeconds: 60
    outputs: {parameters: [{name: p, valueFrom: {path: /a}}]}
    """
)


def test_a_template_without_defaults_is_the_same():
    template = {"name": "a", "container": {"image": "i"}}
    assert merge_template_defaults({}, template) == template
    assert merge_template_defaults(None, template) == template


def test_mappings_merge_and_lists_replace():
    merged = merge_template_defaults(
        DEFAULTS,
        {
            "name": "a",
            "container": {
                "image": "i",
                "args": ["x"],
                "resources": {"requests": {"memory": "2Gi"}, "limits": {"cpu": "1"}},
            },
            "metadata": {"labels": {"kind": "mine"}},
        },
    )
    assert merged["container"]["command"] == ["kedro", "kubeflow", "run-step"]
    assert merged["container"]["args"] == ["x"]
    assert merged["container"]["resources"] == {
        "requests": {"cpu": "500m", "memory": "2Gi"},
        "limits": {"cpu": "1"},
    }
    assert merged["metadata"]["labels"] == {"team": "x", "kind": "mine"}
    assert merged["activeDeadlineSeconds"] == 60


def test_lists_with_a_key_merge_by_it():
    merged = merge_template_defaults(
        DEFAULTS,
        {
            "name": "a",
            "container": {
                "image": "i",
                "env": [{"name": "C", "value": "c"}, {"name": "A", "value": "mine"}],
                "volumeMounts": [
                    {"name": "other", "mountPath": "/home/kedro/data", "readOnly": True},
                    {"name": "data", "mountPath": "/x"},
                ],
                "ports": [{"containerPort": 80, "protocol": "UDP"}],
            },
            "tolerations": [{"key": "spot", "operator": "Exists"}],
            "outputs": {"parameters": [{"name": "p", "valueFrom": {"path": "/b"}}]},
        },
    )
    assert merged["container"]["env"] == [
        {"name": "A", "value": "mine"},
        {"name": "B", "value": "default b"},
        {"name": "C", "value": "c"},
    ]
    assert merged["container"]["volumeMounts"] == [
        {"name": "other", "mountPath": "/home/kedro/data", "readOnly": True},
        {"name": "data", "mountPath": "/x"},
    ]
    assert merged["container"]["ports"] == [
        {"containerPort": 80, "name": "http", "protocol": "UDP"}
    ]
    assert [item["key"] for item in merged["tolerations"]] == ["gpu", "spot"]
    assert merged["outputs"]["parameters"] == [{"name": "p", "valueFrom": {"path": "/b"}}]


def test_defaults_of_another_type_do_not_reach_a_template():
    dag = merge_template_defaults(DEFAULTS, {"name": "d", "dag": {"tasks": []}})
    assert "container" not in dag
    assert dag["metadata"]["labels"] == {"team": "x", "kind": "default"}
    resource = merge_template_defaults(DEFAULTS, {"name": "r", "resource": {"action": "create"}})
    assert "container" not in resource


def test_what_is_empty_in_a_template_takes_no_default_away():
    merged = merge_template_defaults(
        DEFAULTS, {"name": "a", "container": {"image": "i", "command": [], "workingDir": None}}
    )
    assert merged["container"]["command"] == ["kedro", "kubeflow", "run-step"]
    assert merged["container"]["workingDir"] == "/home/kedro"


def test_nothing_that_comes_in_is_changed():
    template = {"name": "a", "container": {"image": "i", "env": [{"name": "A", "value": "x"}]}}
    before = copy.deepcopy((DEFAULTS, template))
    merge_template_defaults(DEFAULTS, template)
    assert (DEFAULTS, template) == before
