"""The security contexts of pods, by the rules of Kubernetes' Pod Security Standards."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from kedro_kubeflow.argo import merge_template_defaults
from projects import Project

Make = Callable[..., Project]

DOCS = Path(__file__).parents[2] / "docs/resources.md"
REGISTRY = """
def register_pipelines():
    return {
        "__default__": Pipeline([node(len, "params:text", "length", name="count")]),
        "notify": Pipeline([node(len, "params:status", "said", name="report")]),
    }
"""
VOLUME_TYPES = {
    *("configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim"),
    *("projected", "secret"),
}
"""That the level ``restricted`` allows."""


def pods_of(workflow: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Yields the name, security context and container of each pod of a workflow."""
    spec = workflow["spec"]
    for template in spec["templates"]:
        of_pod = {**spec.get("securityContext", {}), **template.get("securityContext", {})}
        if "container" in template:
            merged = merge_template_defaults(spec["templateDefaults"], template)
            yield template["name"], of_pod, merged["container"]
        elif "resource" in template:
            patch = json.loads(template.get("podSpecPatch", "{}"))
            (container,) = patch.get("containers", [{}])
            yield template["name"], of_pod, container


def violations(workflow: Mapping[str, Any]) -> set[str]:
    """Returns what the level ``restricted`` does not allow, by its fields.

    See https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
    """
    volumes = workflow["spec"].get("volumes", ())
    found = {"volumes" for volume in volumes if set(volume) - {"name"} - VOLUME_TYPES}
    for _, of_pod, container in pods_of(workflow):
        own = container.get("securityContext", {})
        effective = {**of_pod, **own}
        capabilities = own.get("capabilities", {})
        allowed = {
            "allowPrivilegeEscalation": own.get("allowPrivilegeEscalation") is False,
            "runAsNonRoot": effective.get("runAsNonRoot") is True,
            "runAsUser": effective.get("runAsUser") != 0,
            "seccompProfile": effective.get("seccompProfile", {}).get("type")
            in ("RuntimeDefault", "Localhost"),
            "capabilities.drop": "ALL" in capabilities.get("drop", ()),
            "capabilities.add": set(capabilities.get("add", ())) <= {"NET_BIND_SERVICE"},
            "privileged": not own.get("privileged"),
        }
        found |= {field for field, fine in allowed.items() if not fine}
    return found


def compiled(project: Make, **run_config: Any) -> dict[str, Any]:
    made = project(
        registry=REGISTRY,
        parameters={"text": "four"},
        run_config={"on_exit_pipeline": "notify", **run_config},
    )
    return made.compile()


def test_a_documented_configuration_is_restricted(project: Make) -> None:
    _, page = DOCS.read_text(encoding="utf-8").split("(pod-security)=")
    documented = yaml.safe_load(page.split("```yaml")[1].split("```")[0])
    workflow = compiled(project, **documented["run_config"])

    names = [name for name, _, _ in pods_of(workflow)]
    assert {"data-volume-create", "data-volume-init", "count", "on-exit-notify"} <= set(names)
    assert violations(workflow) == set()
    assert workflow["spec"]["securityContext"] == {
        "fsGroup": 1000,
        "runAsNonRoot": True,
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def test_the_rules_find_what_a_usual_configuration_lacks(project: Make) -> None:
    assert violations(compiled(project)) == {
        *("allowPrivilegeEscalation", "capabilities.drop", "runAsNonRoot", "runAsUser"),
        "seccompProfile",
    }


@pytest.mark.parametrize(
    ("run_config", "of_pods", "of_containers"),
    [
        ({}, {}, {"runAsUser": 0}),
        ({"volume": None, "root": "s3://b"}, {}, {}),
        ({"volume": {"owner": None}}, {}, {}),
        ({"volume": {"owner": 7}}, {"fsGroup": 7}, {"runAsUser": 7}),
        (
            {"security_context": {"runAsUser": 1000}},
            {"runAsUser": 1000, "fsGroup": 1000},
            {},
        ),
        ({"security_context": {"runAsNonRoot": True}}, {"runAsNonRoot": True}, {}),
        (
            {"volume": {"owner": None}, "security_context": {"run_as_user": 5, "fsGroup": 6}},
            {"runAsUser": 5, "fsGroup": 6},
            {},
        ),
        (
            {"security_context": {"read_only_root_filesystem": True}},
            {},
            {"runAsUser": 0, "readOnlyRootFilesystem": True},
        ),
    ],
)
def test_an_explicit_setting_wins_over_the_default(
    project: Make, run_config: dict[str, Any], of_pods: Any, of_containers: Any
) -> None:
    spec = compiled(project, on_exit_pipeline=None, **run_config)["spec"]

    assert spec.get("securityContext", {}) == of_pods
    assert spec["templateDefaults"]["container"].get("securityContext", {}) == of_containers


@pytest.mark.parametrize(
    ("run_config", "said"),
    [
        (
            {"volume": {"owner": 5}, "security_context": {"runAsUser": 6}},
            "run_config.volume.owner: the steps cannot run as user 5 and, by security_context.runAsUser, as user 6",
        ),
        (
            {"volume": {"owner": 0}, "security_context": {"runAsNonRoot": True}},
            "run_config.volume.owner: 0 is root, which security_context.runAsNonRoot excludes",
        ),
        (
            {"security_context": {"allowPrivilegEscalation": False}},
            "allowPrivilegEscalation: a security context has no such key; did you mean 'allowPrivilegeEscalation'?",
        ),
        (
            {"security_context": {"capabilities": {"drop": "ALL"}}},
            "run_config.security_context.capabilities.drop",
        ),
    ],
)
def test_what_contradicts_itself_is_refused(
    project: Make, run_config: dict[str, Any], said: str
) -> None:
    refused = project(run_config=run_config).kubeflow("compile", check=False)

    assert refused.returncode == 2
    assert said in refused.stderr
