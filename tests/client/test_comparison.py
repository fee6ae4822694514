"""Comparing a workflow with the one that the server has rewritten."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from kedro_kubeflow.client.comparison import same_workflow
from kfp_server import sample_workflow
from kfp_server.manifest import stored_form

names = st.text("abcdefghij", min_size=1, max_size=4)
texts = st.text(max_size=8)
amounts = st.one_of(
    st.integers(1, 5000).map(lambda n: f"{n}m"),
    st.integers(1, 64).map(str),
    st.sampled_from(["0.5", "1.5", "1024Mi", "1Gi", "1536Mi", "2048Ki", "1k", "1500M"]),
)


@st.composite
def workflows(draw: Any) -> dict[str, Any]:
    steps = dict.fromkeys(draw(st.sets(names, min_size=1, max_size=3)), ())
    workflow = sample_workflow(
        steps=steps,
        parameters=draw(st.dictionaries(names, texts, max_size=3)),
        retries={name: draw(st.integers(0, 2)) for name in steps},
        image=draw(names),
    )
    for template in workflow["spec"]["templates"][:-1]:
        kinds = draw(st.dictionaries(st.sampled_from(["cpu", "memory"]), amounts))
        template["container"]["resources"] = {"limits": kinds} if kinds else {}
        env = draw(st.dictionaries(names, texts, max_size=2))
        template["container"]["env"] = [{"name": k, "value": v} for k, v in env.items()]
    return workflow


@given(workflows())
def test_what_the_server_keeps_is_the_same(workflow: dict[str, Any]) -> None:
    assert same_workflow(workflow, json.loads(json.dumps(stored_form(workflow))))


@given(workflows(), st.data())
def test_a_changed_word_is_seen(workflow: dict[str, Any], data: st.DataObject) -> None:
    changed = copy.deepcopy(workflow)
    places = list(_places(changed["spec"]))
    holder, key = data.draw(st.sampled_from(places))
    holder[key] = f"{holder[key]}x"

    assert not same_workflow(changed, stored_form(workflow))


def _places(value: Any) -> Any:
    """Yields parent and key of each string in a workflow, except quantities, which have several forms."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in list(items):
        if key in ("requests", "limits"):
            continue
        if isinstance(inner, str):
            yield value, key
        elif isinstance(inner, (dict, list)):
            yield from _places(inner)


def test_order_counts_where_it_is_one() -> None:
    workflow, other = sample_workflow(), sample_workflow()
    other["spec"]["templates"][0]["container"]["command"].reverse()

    assert not same_workflow(workflow, other)


def test_a_false_that_means_something_is_not_the_same_as_none() -> None:
    workflow, other = sample_workflow(), sample_workflow()
    other["spec"]["automountServiceAccountToken"] = False

    assert not same_workflow(workflow, other)
    mounts = [{"name": "data", "mountPath": "/data"}]
    workflow["spec"]["templates"][0]["container"]["volumeMounts"] = mounts
    other = copy.deepcopy(workflow)
    other["spec"]["templates"][0]["container"]["volumeMounts"][0]["readOnly"] = False
    assert same_workflow(workflow, other)


def test_no_storage_class_is_not_the_default_one() -> None:
    claim = {"metadata": {"name": "data"}, "spec": {"storageClassName": ""}}
    workflow, other = sample_workflow(), sample_workflow()
    workflow["spec"]["volumeClaimTemplates"] = [claim]
    other["spec"]["volumeClaimTemplates"] = [{"metadata": {"name": "data"}, "spec": {}}]

    assert not same_workflow(workflow, other)
