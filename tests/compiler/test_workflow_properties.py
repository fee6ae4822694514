"""Whatever a project looks like, its workflow is one that Argo takes and that runs each node once, in order."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hera.workflows.models import Workflow
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kedro.pipeline import Pipeline, node

from kedro_kubeflow.argo.template_defaults import merge_template_defaults
from kedro_kubeflow.argo.workflow_files import workflow_yaml
from kedro_kubeflow.compiler.generator import generate_workflow
from kedro_kubeflow.compiler.plan import plan_workflow
from kedro_kubeflow.config.run_config import RunConfig
from kedro_kubeflow.errors import PlanError
from kedro_kubeflow.project.catalog_config import CatalogReader
from kedro_kubeflow.project.grouping import STRATEGIES
from kedro_kubeflow.project.kedro_project import KedroProject

NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
pytestmark = pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")
# What Kedro takes for a dataset: no "@" but for transcoding, nothing that means parameters.
DATASET_NAMES = st.text(
    st.characters(exclude_characters="@", exclude_categories=["Cs"]), min_size=1, max_size=40
).filter(lambda name: name != "parameters" and not name.startswith("params:"))
TAGS = st.from_regex(r"[\w.-]{1,8}", fullmatch=True)


class Project(KedroProject):
    """A project whose parts are given instead of read."""

    def __init__(self, pipeline: Pipeline, parameters: Any = None, catalog: Any = None) -> None:
        super().__init__(Path("/nowhere"), "Prop erty", "prop_erty")
        self.__dict__ |= {
            "parameters": parameters or {},
            "catalog": CatalogReader(catalog or {}, self.path),
        }
        self._pipeline = pipeline

    def pipeline(self, name: str) -> Any:
        return self._pipeline


def compiled(project: Project, **run_config: Any) -> dict[str, Any]:
    config = RunConfig(**{"image": "i", "volume": {}, **run_config})
    return generate_workflow(plan_workflow(project, config, "__default__", {}))


@st.composite
def pipelines(draw: st.DrawFn) -> Pipeline:
    """Graphs of up to a dozen nodes, some of them named, with tags."""
    names = draw(st.lists(DATASET_NAMES, min_size=2, max_size=12, unique=True))
    nodes = []
    for index, output in enumerate(names[1:], start=1):
        inputs = draw(st.lists(st.sampled_from(names[:index]), min_size=1, max_size=3, unique=True))
        name = draw(
            st.none() | st.sampled_from(["a.b", "a_b", "a-b", "x", "prop-erty", "data-volume-init"])
        )
        taken = {one.name for one in nodes}
        nodes.append(
            node(
                lambda *values: values,
                inputs,
                output,
                name=None if name in taken else name,
                tags=draw(st.lists(TAGS, max_size=2)),
            )
        )
    return Pipeline(nodes)


def dag(workflow: dict[str, Any]) -> dict[str, list[str]]:
    tasks = [
        task
        for item in workflow["spec"]["templates"]
        if "dag" in item
        for task in item["dag"]["tasks"]
    ]
    return {task["name"]: task.get("dependencies", []) for task in tasks}


def nodes_of_template(template: dict[str, Any], pipeline: Pipeline) -> list[str]:
    arguments = template["container"]["args"]
    return (
        json.loads(arguments[1]) if "--nodes" in arguments else [one.name for one in pipeline.nodes]
    )


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(pipelines(), st.sampled_from(["none", "full", "memory"]), st.booleans())
def test_each_node_runs_once_and_after_what_it_needs(
    pipeline: Pipeline, strategy: str, volume: bool
) -> None:
    storage = {"volume": {}} if volume else {"volume": None, "root": "gs://b"}
    try:
        workflow = compiled(Project(pipeline), node_merge_strategy=strategy, **storage)
    except PlanError as err:
        cycle = "wait for each other" in str(err)
        assert (strategy, cycle) == ("memory", True)
        return
    spec, graph = workflow["spec"], dag(workflow)
    templates = {item["name"]: item for item in spec["templates"]}
    assert len(templates) == len(spec["templates"])
    for name in templates:
        assert NAME.fullmatch(name)
        assert len(name) <= 63
        assert not re.match(r"\d", name)
    step_of = {}
    for name, template in templates.items():
        if "container" in template and name != "data-volume-init":
            for one in nodes_of_template(template, pipeline):
                assert one not in step_of
                step_of[one] = name
    assert set(step_of) == {one.name for one in pipeline.nodes}
    for one, others in pipeline.node_dependencies.items():
        for other in others:
            before, after = step_of[other.name], step_of[one.name]
            assert before == after or before in graph[after]
    assert {name for others in graph.values() for name in others} <= set(graph)
    for template in templates.values():
        merged = merge_template_defaults(spec["templateDefaults"], template)
        assert "container" not in merged or merged["container"]["command"][0] == "kedro"
    text = workflow_yaml(workflow)
    assert Workflow.parse_raw(json.dumps(workflow)) is not None
    assert (
        workflow_yaml(compiled(Project(pipeline), node_merge_strategy=strategy, **storage)) == text
    )


@settings(deadline=None, max_examples=30)
@given(
    st.dictionaries(
        st.text(max_size=20), st.text(max_size=30) | st.lists(st.lists(st.integers())), max_size=8
    )
)
def test_parameters_are_legal_and_no_template_knows_how_many(parameters: dict[str, Any]) -> None:
    pipeline = Pipeline([node(lambda x: x, "a", "b", name="only")])
    few = compiled(Project(pipeline, {"one": 1, **parameters}))
    many = compiled(
        Project(pipeline, {"one": 1, **parameters, **{f"more_{i}": i for i in range(50)}})
    )
    assert few["spec"]["templates"] == many["spec"]["templates"]
    names = [item["name"] for item in many["spec"]["arguments"]["parameters"]]
    assert len(set(names)) == len(names)
    for name in names:
        assert re.fullmatch(r"[-_a-zA-Z0-9]+", name)
    for item in many["spec"]["arguments"]["parameters"]:
        assert isinstance(item["value"], str)
        assert "{{" not in item["value"]
        assert "[[" not in item["value"]


def test_a_thousand_nodes_fit() -> None:
    nodes = [
        node(
            lambda a, b: a,
            [f"d{max(0, i - 1)}", f"d{max(0, i - 7)}x"],
            [f"d{i}", f"d{i}x"],
            name=f"node_{i:04d}",
        )
        for i in range(1, 1001)
    ]
    retries = {"__default__": {"num_retries": 3, "backoff_duration": "60s", "backoff_factor": 2}}
    workflow = compiled(Project(Pipeline(nodes)), retry_policy=retries)
    assert len(dag(workflow)) == 1002
    assert len(json.dumps(workflow, separators=(",", ":"))) / 1000 < 600


def test_every_strategy_is_reachable_from_the_configuration() -> None:
    assert set(STRATEGIES) == {"none", "full", "memory", "namespace", "tag"}
