"""Plans a workflow: a Kedro project and its ``kubeflow.yaml`` become a frozen :class:`WorkflowPlan`.

Pure: nothing here knows kfp, a server or a file. All that keeps a pipeline from being planned is found here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Optional

from kedro_kubeflow.argo import naming
from kedro_kubeflow.compiler.config_map_parameters import parameters_from_config_maps
from kedro_kubeflow.compiler.losses import lost_datasets
from kedro_kubeflow.compiler.mlflow_tracking import tracking_of
from kedro_kubeflow.compiler.pod_environment import pod_environment
from kedro_kubeflow.compiler.pod_planner import PodPlanner
from kedro_kubeflow.compiler.workflow_parameters import list_parameters
from kedro_kubeflow.compiler.workflow_plan import (
    MLFLOW_END,
    MLFLOW_START,
    VOLUME_CREATE,
    VOLUME_INIT,
    Pod,
    WorkflowPlan,
    exit_step_name,
)
from kedro_kubeflow.config import (
    DEFAULT_KEY,
    PodOptions,
    RunConfig,
    distinct_names,
    options_of,
    warn_about_unused_keys,
)
from kedro_kubeflow.errors import ConfigError, PlanError, ProjectError
from kedro_kubeflow.findings import ERROR, Finding, ReportFinding, stop_at_errors
from kedro_kubeflow.project import (
    DATA_FOLDER,
    OWN_FOLDER,
    CatalogReader,
    Group,
    KedroProject,
    Node,
    group_nodes,
    nodes_of,
)

IMPOSSIBLE_GROUPS = "impossible-groups"
_RESERVED = (
    VOLUME_CREATE,
    VOLUME_INIT,
    "template-defaults",
    "exit-handler-1",
    MLFLOW_START,
    MLFLOW_END,
)


def plan_workflow(
    project: KedroProject,
    config: RunConfig,
    pipeline: str,
    environ: Mapping[str, str],
    interface: Optional[str] = None,
    report: ReportFinding = stop_at_errors,
) -> WorkflowPlan:
    """Plans the workflow of a pipeline.

    Args:
        project: the opened project.
        config: ``run_config``.
        pipeline: registered name.
        environ: the environment of this machine, of which pods get a part.
        interface: URL of Kubeflow's interface, for links in the logs of pods.
        report: receives all that is wrong or doubtful. Where it accepts an error without raising, what is wrong is
            left out of the plan, so that the rest can be looked at.

    Raises:
        ProjectError: there is no such pipeline.
    """
    nodes = nodes_of(project.pipeline(pipeline))
    groups = _groups(nodes, config, project.catalog, report)
    tracking = tracking_of(project, config, pipeline, report)
    name = naming.workflow_name(project.name, pipeline)
    waits = _wait_names(config, name)
    names = _step_names(groups, name, config, waits)
    _warn_about_unused_keys(config, names, waits, report)
    default_options = _default_options(config, report)
    parameters = list_parameters(project.parameters, config, report)
    planner = PodPlanner(
        config, project.env, pipeline, parameters, project.catalog, tracking, report
    )
    before = planner.before_steps(dict(zip(waits, config.external_dependencies)), interface)
    steps = tuple(planner.step(group, names, len(nodes), waits) for group in groups)
    if config.root is None and config.volume is None:
        lost = lost_datasets(steps, pipeline, project.catalog.dataset)
        if lost is not None:
            report(lost)
    last = _exit_pod(project, config, planner, report)
    return WorkflowPlan(
        name=name,
        pipeline=pipeline,
        pods=(*before, *steps, *([last] if last else [])),
        parameters=parameters,
        command=planner.run_step(pipeline),
        environment=pod_environment(
            environ, _store(config), DATA_FOLDER if config.volume else None, report
        ),
        default_options=default_options,
        config=config,
        config_map_parameters=parameters_from_config_maps(project.parameters, config, report),
    )


def _groups(
    nodes: Sequence[Node], config: RunConfig, catalog: CatalogReader, report: ReportFinding
) -> tuple[Group, ...]:
    def in_memory(name: str) -> bool:
        return catalog.dataset(name).in_memory

    try:
        return group_nodes(nodes, config.node_merge_strategy, in_memory)
    except PlanError as err:
        where = "run_config.node_merge_strategy"
        report(Finding(ERROR, IMPOSSIBLE_GROUPS, where, str(err), raises=PlanError))
        return group_nodes(nodes, "none", in_memory)


def _default_options(config: RunConfig, report: ReportFinding) -> PodOptions:
    """Looks up what all pods begin with; what is wrong with it is wrong with ``__default__``, not with a step."""

    def report_default(finding: Finding) -> None:
        report(replace(finding, where=f"{finding.where}.{DEFAULT_KEY}", steps=()))

    return options_of(config, None, report=report_default)


def _wait_names(config: RunConfig, workflow: str) -> tuple[str, ...]:
    """Names the steps that wait for other pipelines, in the order of the configuration."""
    texts = [f"wait-for-{text}" for text in distinct_names(config.external_dependencies)]
    names = naming.legal_names(texts, naming.step_name, _reserved_names(workflow, config))
    return tuple(names[text] for text in texts)


def _reserved_names(workflow: str, config: RunConfig) -> set[str]:
    reserved = {workflow, *_RESERVED}
    if config.on_exit_pipeline:
        reserved.add(exit_step_name(config.on_exit_pipeline))
    return reserved


def _step_names(
    groups: Sequence[Group], workflow: str, config: RunConfig, waits: Iterable[str]
) -> dict[str, str]:
    reserved = _reserved_names(workflow, config) | set(waits)
    return naming.legal_names((group.name for group in groups), naming.step_name, reserved)


def _warn_about_unused_keys(
    config: RunConfig, names: Mapping[str, str], waits: Iterable[str], report: ReportFinding
) -> None:
    """Warns about settings that match nothing; those for nodes of another pipeline match something."""
    from kedro.framework.project import pipelines

    known = {*names, *names.values(), *waits, VOLUME_INIT, MLFLOW_START, MLFLOW_END}
    for name in pipelines:
        for node in pipelines[name].nodes:
            known |= {node.name, naming.step_name(node.name), *node.tags}
    if config.on_exit_pipeline:
        known.add(exit_step_name(config.on_exit_pipeline))
    warn_about_unused_keys(config, known, report)


def _exit_pod(
    project: KedroProject, config: RunConfig, planner: PodPlanner, report: ReportFinding
) -> Optional[Pod]:
    if config.on_exit_pipeline:
        try:
            nodes = nodes_of(project.pipeline(config.on_exit_pipeline))
        except ProjectError as err:
            where = "run_config.on_exit_pipeline"
            report(Finding(ERROR, "unknown-pipeline", where, str(err), raises=ConfigError))
        else:
            return planner.exit_pipeline(config.on_exit_pipeline, nodes)
    return planner.mlflow_end(planner.tracking) if planner.tracking else None


def _store(config: RunConfig) -> Optional[str]:
    if config.root:
        return f"{config.root}/{{{{workflow.uid}}}}"
    return f"{DATA_FOLDER}/{OWN_FOLDER}/store" if config.volume else None
