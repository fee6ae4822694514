"""A Kedro project and its ``kubeflow.yaml`` in, a frozen :class:`WorkflowPlan` out: what runs where, after what.

Pure: nothing here knows kfp, a server or a file. All that keeps a pipeline from being planned is found here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Optional

from kedro_kubeflow.argo import naming
from kedro_kubeflow.compiler.config_map_parameters import parameters_from_config_maps
from kedro_kubeflow.compiler.losses import lost_datasets
from kedro_kubeflow.compiler.mlflow_tracking import Tracking, tracking_of
from kedro_kubeflow.compiler.pod_environment import pod_environment
from kedro_kubeflow.compiler.wait_steps import WaitStep, wait_steps
from kedro_kubeflow.compiler.workflow_parameters import list_parameters
from kedro_kubeflow.compiler.workflow_plan import (
    MLFLOW_END,
    MLFLOW_START,
    REFERENCE,
    VOLUME_CREATE,
    VOLUME_INIT,
    Artifact,
    MlflowSteps,
    Step,
    WorkflowPlan,
)
from kedro_kubeflow.config import (
    DEFAULT_KEY,
    PodOptions,
    RunConfig,
    options_of,
    tell_of_unused_keys,
)
from kedro_kubeflow.errors import ConfigError, PlanError, ProjectError
from kedro_kubeflow.findings import ERROR, Finding, Tell, stop_at_errors
from kedro_kubeflow.project import (
    DATA_FOLDER,
    OWN_FOLDER,
    CatalogReader,
    Dataset,
    Group,
    KedroProject,
    Node,
    group_nodes,
    lies_in_data_folder,
    nodes_of,
    published_path,
)

IMPOSSIBLE_GROUPS = "impossible-groups"
_RESERVED = (VOLUME_CREATE, VOLUME_INIT, REFERENCE, "exit-handler-1", MLFLOW_START, MLFLOW_END)


def plan_workflow(
    project: KedroProject,
    config: RunConfig,
    pipeline: str,
    environ: Mapping[str, str],
    interface: Optional[str] = None,
    tell: Tell = stop_at_errors,
) -> WorkflowPlan:
    """Plans the workflow of a pipeline.

    Args:
        project: the opened project.
        config: ``run_config``.
        pipeline: registered name.
        environ: the environment of this machine, of which pods get a part.
        interface: address of Kubeflow's interface, for links in the logs of pods.
        tell: is told of all that is wrong or doubtful. Where it takes an error without raising, what is wrong is
            left out of the plan, so that the rest can be looked at.

    Raises:
        ProjectError: there is no such pipeline.
    """
    nodes = nodes_of(project.pipeline(pipeline))
    catalog = project.catalog
    groups = _groups(nodes, config, catalog, tell)
    tracking = tracking_of(project, config, pipeline, tell)
    name = naming.workflow_name(project.name, pipeline)
    waits = wait_steps(config, _reserved_names(name, config), tell)
    names = _step_names(groups, name, config, waits)
    _tell_of_unused_keys(config, names, waits, tell)
    default_options = _default_options(config, tell)
    steps = tuple(_step(group, pipeline, nodes, names, config, catalog, tell) for group in groups)
    if config.root is None and config.volume is None:
        lost = lost_datasets(steps, nodes, pipeline, catalog.dataset)
        if lost is not None:
            tell(lost)
    return WorkflowPlan(
        name=name,
        env=project.env,
        pipeline=pipeline,
        steps=steps,
        exit_step=_exit_step(project, config, tracking, tell),
        mlflow=_mlflow_steps(tracking, config, tell),
        parameters=list_parameters(project.parameters, config, tell),
        environment=pod_environment(
            environ, _store(config), DATA_FOLDER if config.volume else None, tell
        ),
        default_options=default_options,
        volume_init=options_of(config, VOLUME_INIT, tell=tell),
        config=config,
        config_map_parameters=parameters_from_config_maps(project.parameters, config, tell),
        waits=waits,
        interface=interface,
    )


def _groups(
    nodes: Sequence[Node], config: RunConfig, catalog: CatalogReader, tell: Tell
) -> tuple[Group, ...]:
    def in_memory(name: str) -> bool:
        return catalog.dataset(name).in_memory

    try:
        return group_nodes(nodes, config.node_merge_strategy, in_memory)
    except PlanError as err:
        where = "run_config.node_merge_strategy"
        tell(Finding(ERROR, IMPOSSIBLE_GROUPS, where, str(err), raises=PlanError))
        return group_nodes(nodes, "none", in_memory)


def _default_options(config: RunConfig, tell: Tell) -> PodOptions:
    """Looks up what all steps begin with; what is wrong with it is wrong with ``__default__``, no step's fault."""

    def tell_of_default(finding: Finding) -> None:
        tell(replace(finding, where=f"{finding.where}.{DEFAULT_KEY}", steps=()))

    return options_of(config, REFERENCE, tell=tell_of_default)


def _reserved_names(workflow: str, config: RunConfig) -> set[str]:
    reserved = {workflow, *_RESERVED}
    if config.on_exit_pipeline:
        reserved.add(_exit_name(config.on_exit_pipeline))
    return reserved


def _step_names(
    groups: Sequence[Group], workflow: str, config: RunConfig, waits: Sequence[WaitStep]
) -> dict[str, str]:
    reserved = _reserved_names(workflow, config) | {step.name for step in waits}
    return naming.legal_names((group.name for group in groups), naming.step_name, reserved)


def _exit_name(pipeline: str) -> str:
    return naming.step_name(f"on-exit-{pipeline}")


def _tell_of_unused_keys(
    config: RunConfig, names: Mapping[str, str], waits: Sequence[WaitStep], tell: Tell
) -> None:
    """Tells of settings for nobody; those for nodes of another pipeline are for somebody."""
    from kedro.framework.project import pipelines

    known = {*names, *names.values(), VOLUME_INIT, MLFLOW_START, MLFLOW_END}
    known |= {step.name for step in waits}
    for name in pipelines:
        for node in pipelines[name].nodes:
            known |= {node.name, naming.step_name(node.name), *node.tags}
    if config.on_exit_pipeline:
        known.add(_exit_name(config.on_exit_pipeline))
    tell_of_unused_keys(config, known, tell)


def _step(
    group: Group,
    pipeline: str,
    nodes: Sequence[Node],
    names: Mapping[str, str],
    config: RunConfig,
    catalog: CatalogReader,
    tell: Tell,
) -> Step:
    return Step(
        name=names[group.name],
        display_name=group.name,
        pipeline=pipeline,
        nodes=() if len(group.nodes) == len(nodes) else tuple(node.name for node in group.nodes),
        dependencies=tuple(names[name] for name in group.dependencies),
        artifacts=_artifacts(group.nodes, config, catalog),
        options=options_of(config, names[group.name], group.nodes, tell),
        mounts_volume=config.volume is not None,
    )


def _exit_step(
    project: KedroProject, config: RunConfig, tracking: Optional[Tracking], tell: Tell
) -> Optional[Step]:
    if not config.on_exit_pipeline:
        return None
    try:
        nodes = nodes_of(project.pipeline(config.on_exit_pipeline))
    except ProjectError as err:
        where = "run_config.on_exit_pipeline"
        tell(Finding(ERROR, "unknown-pipeline", where, str(err), raises=ConfigError))
        return None
    datasets = [
        project.catalog.dataset(name) for node in nodes for name in (*node.inputs, *node.outputs)
    ]
    name = _exit_name(config.on_exit_pipeline)
    return Step(
        name=name,
        display_name=name,
        pipeline=config.on_exit_pipeline,
        nodes=(),
        dependencies=(),
        artifacts=_artifacts(nodes, config, project.catalog),
        options=options_of(config, name, nodes, tell),
        # A pod waits for ever for a volume that could not be made; a notification must not wait with it.
        mounts_volume=config.volume is not None
        and (any(map(_on_volume, datasets)) or bool(tracking and tracking.on_volume)),
    )


def _mlflow_steps(
    tracking: Optional[Tracking], config: RunConfig, tell: Tell
) -> Optional[MlflowSteps]:
    if tracking is None:
        return None
    return MlflowSteps(
        options_of(config, MLFLOW_START, tell=tell),
        options_of(config, MLFLOW_END, tell=tell),
        tracking.on_volume,
    )


def _on_volume(dataset: Dataset) -> bool:
    return dataset.path is not None and lies_in_data_folder(dataset.path)


def _artifacts(
    nodes: Sequence[Node], config: RunConfig, catalog: CatalogReader
) -> tuple[Artifact, ...]:
    if not config.store_kedro_outputs_as_kfp_artifacts:
        return ()
    outputs = sorted({name for node in nodes for name in node.outputs})
    paths = {}
    for name in outputs:
        dataset = catalog.dataset(name)
        # A path is a template's text too, in which Argo would look for a value for {{…}}.
        if dataset.path is not None and "{{" not in str(dataset.path):
            path = published_path(dataset.path) if dataset.versioned else dataset.path
            paths[name] = str(PurePosixPath(config.project_path) / path)
    names = naming.legal_names(paths, naming.artifact_name)
    return tuple(Artifact(names[name], path) for name, path in paths.items())


def _store(config: RunConfig) -> Optional[str]:
    if config.root:
        return f"{config.root}/{{{{workflow.uid}}}}"
    return f"{DATA_FOLDER}/{OWN_FOLDER}/store" if config.volume else None
