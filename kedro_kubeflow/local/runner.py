"""Runs a workflow: the DAG, then the exit handler, whatever happened."""

from __future__ import annotations

import datetime
import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Callable, Optional

from kedro_kubeflow.errors import LocalRunError
from kedro_kubeflow.local.executor import Executor
from kedro_kubeflow.local.failed_nodes import failures_text
from kedro_kubeflow.local.graph_run import GraphRun, Surroundings
from kedro_kubeflow.local.identity import Identity, new_identity, with_values, workflow_lookup
from kedro_kubeflow.local.pod_folder import PodSite
from kedro_kubeflow.local.project_copy import remove_tree
from kedro_kubeflow.local.reporting import Reporter
from kedro_kubeflow.local.result import SUCCEEDED, RunResult, StepInfo, StepResult
from kedro_kubeflow.local.retries import read_number
from kedro_kubeflow.local.signals import stop_signals
from kedro_kubeflow.local.step_graph import GraphNode, name_steps, unfold
from kedro_kubeflow.local.substitution import substitute
from kedro_kubeflow.local.volumes import VolumeFolders, claim_templates
from kedro_kubeflow.local.workers import Workers
from kedro_kubeflow.local.workflow_model import Workflow, read_workflow

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Plan:
    """A workflow that is ready to run.

    Attributes:
        workflow: checked, with its parameters.
        identity: of this run.
        graphs: the nodes of the entrypoint, and of the exit handler where there is one.
        infos: for each graph, its steps by index.
    """

    workflow: Workflow
    identity: Identity
    graphs: tuple[tuple[GraphNode, ...], ...]
    infos: tuple[Mapping[int, StepInfo], ...]

    def steps(self) -> list[tuple[StepInfo, GraphNode]]:
        """All steps in the order declared."""
        return [
            (infos[node.index], node)
            for graph, infos in zip(self.graphs, self.infos)
            for node in graph
            if not node.is_dag
        ]

    def known_steps(self) -> list[tuple[str, GraphNode]]:
        """Names and nodes of all steps, tags of the whole run filled in."""
        lookup = workflow_lookup(self.workflow, self.identity)
        return [
            (
                info.name,
                replace(
                    node,
                    template=replace(node.template, body=substitute(node.template.body, lookup)),
                ),
            )
            for info, node in self.steps()
        ]


def run(
    workflow: Mapping[str, Any],
    *,
    project_path: Path,
    run_folder: Path,
    parameters: Mapping[str, str],
    workers: Optional[int],
    environ: Mapping[str, str],
    reporter: Reporter,
    make_executor: Callable[[Mapping[str, str]], Executor],
) -> RunResult:
    """Run a workflow; see :func:`kedro_kubeflow.local.run_workflow`."""
    if os.name != "posix":
        raise LocalRunError(
            "run-local needs process groups and symbolic links as Linux and macOS have them; "
            "on Windows, use it inside WSL"
        )
    plan = _plan(workflow, parameters)
    number = _count_workers(plan.workflow, workers)
    executor = make_executor(environ)
    left_out = executor.prepare(plan.known_steps(), plan.workflow.spec)
    place = _make_place(project_path, run_folder, environ)
    for sentence in left_out:
        logger.warning("%s", sentence)
    for name in claim_templates(plan.workflow.spec):
        place.volumes.create(f"{plan.identity.name}-{name}")
    pool = Workers(place, executor, number)
    with stop_signals(pool.signalled):
        try:
            return _run_plan(plan, place, pool, reporter)
        finally:
            try:
                pool.close()
                executor.finish(place)
                remove_tree(place.pods_folder)
            finally:
                reporter.close()


def _plan(workflow: Mapping[str, Any], parameters: Mapping[str, str]) -> Plan:
    checked = read_workflow(workflow, parameters)
    identity = new_identity(checked)
    # Argo gives the entrypoint and the exit handler the workflow's own arguments, by name.
    arguments = {name: f"{{{{workflow.parameters.{name}}}}}" for name in checked.parameters}
    graphs = [unfold(checked, checked.entrypoint, identity.name, arguments)]
    if checked.on_exit is not None:
        graphs.append(unfold(checked, checked.on_exit, f"{identity.name}.onExit", arguments))
    return Plan(checked, identity, tuple(graphs), tuple(name_steps(graphs)))


def _run_plan(plan: Plan, place: PodSite, pool: Workers, reporter: Reporter) -> RunResult:
    spec, identity = plan.workflow.spec, plan.identity
    around = Surroundings(identity.name, spec, place, pool, reporter)
    lookup = workflow_lookup(plan.workflow, identity)
    started = _now()
    reporter.workflow_started(identity.name, [info for info, _ in plan.steps()])
    main = GraphRun(around, plan.graphs[0], plan.infos[0], lookup)
    phase = main.run(read_number(spec, "activeDeadlineSeconds", "spec"))
    results: list[Mapping[int, StepResult]] = [main.results]
    if len(plan.graphs) > 1:
        values = {
            "workflow.status": phase,
            "workflow.failures": failures_text(identity.name, main.failed_nodes),
            "workflow.duration": f"{(_now() - started).total_seconds():f}",
        }
        last = GraphRun(around, plan.graphs[1], plan.infos[1], with_values(lookup, values))
        exit_phase = last.run()
        results.append(last.results)
        # A workflow that succeeded so far fails with its exit handler.
        phase = exit_phase if phase == SUCCEEDED else phase
    result = RunResult(
        name=identity.name,
        uid=identity.uid,
        phase=phase,
        message=main.message,
        steps=_in_order(results),
        started=started,
        finished=_now(),
        volume_folders=place.volumes.all(),
        artifacts_folder=place.artifacts_folder,
        logs_folder=place.logs_folder,
    )
    reporter.workflow_finished(result)
    return result


def _make_place(project_path: Path, run_folder: Path, environ: Mapping[str, str]) -> PodSite:
    if not project_path.is_dir():
        raise LocalRunError(f"{project_path}: the project's folder does not exist")
    run_folder = run_folder.resolve()
    try:
        run_folder.mkdir(parents=True, exist_ok=True)
    except OSError as err:
        raise LocalRunError(f"{run_folder}: the run's folder cannot be created: {err}") from err
    place = PodSite(
        project_path=project_path.resolve(),
        run_folder=run_folder,
        environ=environ,
        volumes=VolumeFolders(run_folder / "volumes"),
    )
    # A run that was killed in this folder has left its copies behind.
    remove_tree(place.pods_folder)
    return place


def _count_workers(workflow: Workflow, workers: Optional[int]) -> int:
    if workers is None:
        workers = _usable_cores()
    if workers < 1:
        raise LocalRunError(f"{workers} steps at once: there must be 1 or more")
    limits = [
        read_number(workflow.spec, "parallelism", "spec"),
        # All together keep the limit of one DAG, and so that DAG keeps it too.
        *(read_number(t.body, "parallelism", t.where) for t in workflow.templates.values()),
    ]
    return min([workers, *(int(limit) for limit in limits if limit)])


def _usable_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _in_order(results: Sequence[Mapping[int, StepResult]]) -> tuple[StepResult, ...]:
    return tuple(graph[index] for graph in results for index in sorted(graph))


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.timezone.utc)
