"""Unfolds nested DAGs into all their steps, in the order in which they are declared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Optional

from kedro_kubeflow.errors import LocalRunError
from kedro_kubeflow.local.result import StepInfo
from kedro_kubeflow.local.template import Task, Template
from kedro_kubeflow.local.workflow_fields import mapping_at
from kedro_kubeflow.local.workflow_model import Workflow

# Where the KFP compiler keeps the name that Kubeflow shows for a step.
_DISPLAY_NAME = "pipelines.kubeflow.org/task_display_name"
_LONGEST_FILE_NAME = 200


@dataclass(frozen=True)
class GraphNode:
    """A step, or a DAG, of one workflow.

    Attributes:
        index: its place among all nodes of its graph; a DAG's comes before its tasks'.
        path: Argo's name for it: the workflow's name and the tasks' that lead to it, with dots.
        task: the task's name; of the root the workflow's.
        template: what it runs.
        arguments: the parameters its task gives it, tags not filled in.
        parent: index of the DAG around it; None for the root.
        dependencies: indices of the tasks it waits for.
        children: of a DAG, indices of its tasks by their names.
    """

    index: int
    path: str
    task: str
    template: Template
    arguments: Mapping[str, str]
    parent: Optional[int]
    dependencies: tuple[int, ...]
    children: Mapping[str, int]

    @property
    def is_dag(self) -> bool:
        """Whether it only holds others."""
        return self.template.kind == "dag"


def unfold(
    workflow: Workflow, template: str, root_path: str, arguments: Mapping[str, str]
) -> tuple[GraphNode, ...]:
    """All nodes that running a template comes to.

    Args:
        workflow: a checked one.
        template: the name of the one to run.
        root_path: Argo's name for its node.
        arguments: the root's parameters.

    Raises:
        LocalRunError: templates or tasks wait for each other in a cycle.
    """
    check_cycles(workflow)
    tasks = [Task(root_path, template, (), arguments)]
    paths = [root_path]
    parents: list[Optional[int]] = [None]
    children: list[dict[str, int]] = [{}]
    # A stack instead of recursion: DAGs may be nested deeper than Python's stack.
    order: list[int] = []
    stack = [0]
    while stack:
        draft = stack.pop()
        order.append(draft)
        for task in workflow.templates[tasks[draft].template].tasks:
            children[draft][task.name] = len(tasks)
            tasks.append(task)
            paths.append(f"{paths[draft]}.{task.name}")
            parents.append(draft)
            children.append({})
        stack.extend(reversed(list(children[draft].values())))
    places = {draft: index for index, draft in enumerate(order)}
    nodes = []
    for index, draft in enumerate(order):
        task, parent = tasks[draft], parents[draft]
        siblings = {} if parent is None else children[parent]
        nodes.append(
            GraphNode(
                index=index,
                path=paths[draft],
                task=task.name,
                template=workflow.templates[task.template],
                arguments=task.arguments,
                parent=None if parent is None else places[parent],
                dependencies=tuple(places[siblings[name]] for name in task.dependencies),
                children={name: places[child] for name, child in children[draft].items()},
            )
        )
    return tuple(nodes)


def name_steps(graphs: Sequence[Sequence[GraphNode]]) -> list[dict[int, StepInfo]]:
    """A name for each step that no other step of the run has, fit to be a file's name.

    Args:
        graphs: the nodes of the workflow, and of its exit handler where it has one.

    Returns:
        For each graph, its steps by index.
    """
    counts = Counter(_short_name(node).casefold() for node in _steps(graphs))
    taken: set[str] = set()
    named: list[dict[int, StepInfo]] = []
    for graph in graphs:
        names: dict[int, StepInfo] = {}
        for node in _steps([graph]):
            name = _short_name(node)
            if counts[name.casefold()] > 1 and node.parent is not None:
                name = node.path.partition(".")[2]
            name = name[:_LONGEST_FILE_NAME]
            # Names that differ in case only are one file on some systems.
            while name.casefold() in taken:
                name = f"{name}-{node.index}"
            taken.add(name.casefold())
            annotations = mapping_at(
                mapping_at(node.template.body, "metadata", node.template.where),
                "annotations",
                node.template.where,
            )
            names[node.index] = StepInfo(name, str(annotations.get(_DISPLAY_NAME) or name))
        named.append(names)
    return named


def check_cycles(workflow: Workflow) -> None:
    """Make sure that every DAG of a workflow comes to an end.

    Raises:
        LocalRunError: tasks of one DAG, or templates, wait for each other in a cycle.
    """
    for template in workflow.templates.values():
        cycle = _find_cycle({task.name: task.dependencies for task in template.tasks})
        if cycle:
            raise LocalRunError(
                f"{template.where}.dag.tasks: these depend on each other in a cycle: {' -> '.join(cycle)}"
            )
    cycle = _find_cycle(
        {
            name: tuple(dict.fromkeys(task.template for task in template.tasks))
            for name, template in workflow.templates.items()
        }
    )
    if cycle:
        raise LocalRunError(
            f"spec.templates: these contain each other in a cycle: {' -> '.join(cycle)}"
        )


def _steps(graphs: Sequence[Sequence[GraphNode]]) -> list[GraphNode]:
    return [node for graph in graphs for node in graph if not node.is_dag]


def _short_name(node: GraphNode) -> str:
    return node.template.name if node.parent is None else node.task


def _find_cycle(edges: Mapping[str, Sequence[str]]) -> list[str]:
    """The names along one cycle, its first name again at the end; empty when there is none."""
    # Names that lead to no cycle go first, wherever they are reached from.
    waiting = {name: len(targets) for name, targets in edges.items()}
    sources: dict[str, list[str]] = {name: [] for name in edges}
    for name, targets in edges.items():
        for target in targets:
            sources[target].append(name)
    free = [name for name, count in waiting.items() if not count]
    while free:
        name = free.pop()
        del waiting[name]
        for source in sources[name]:
            waiting[source] -= 1
            if not waiting[source]:
                free.append(source)
    if not waiting:
        return []
    # Each name left has a target that is left, so a walk along them must come round.
    walk: dict[str, int] = {}
    name = next(iter(waiting))
    while name not in walk:
        walk[name] = len(walk)
        name = next(target for target in edges[name] if target in waiting)
    cycle = list(walk)[walk[name] :]
    return [*cycle, cycle[0]]
