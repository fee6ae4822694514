"""Unfolds the nested DAGs of an Argo workflow into one graph of pods and resources."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Optional

from kedro_kubeflow.argo.fields import list_at, mapping_at, mappings_at, text_at, texts_at
from kedro_kubeflow.errors import InputError
from kedro_kubeflow.graph.picture import levels_of
from kedro_kubeflow.graph.tasks import DrawnTask, Templates, make_task, remarks_of

MOST_STEPS = 10_000
"""Steps that one picture may have; templates that use each other can come to any number of them."""

MOST_EDGES = 100_000
"""Edges that one picture may have; a wide DAG that waits for a wide DAG has one from each to each."""

# `a.Succeeded && (b || !c.Failed)`: names of tasks, each with a state perhaps.
_DEPENDS = re.compile(r"([A-Za-z0-9_][-\w]*)(?:\.\w+)?")


@dataclass(frozen=True)
class Unfolded:
    """A graph of tasks that run something themselves; see :class:`kedro_kubeflow.graph.picture.Graph`."""

    tasks: tuple[DrawnTask, ...]
    edges: tuple[tuple[int, int], ...]


@dataclass
class _Draft:
    """Tasks as they are found, those that only hold others among them."""

    templates: Templates
    tasks: list[DrawnTask] = field(default_factory=list)
    before: list[list[int]] = field(default_factory=list)
    children: list[list[int]] = field(default_factory=list)

    def add(self, task: DrawnTask) -> int:
        if len(self.tasks) >= MOST_STEPS:
            raise InputError(
                f"the workflow has more than {MOST_STEPS:,} steps, too many for a picture"
            )
        self.tasks.append(task)
        self.before.append([])
        self.children.append([])
        return len(self.tasks) - 1


def unfold(templates: Templates, name: str, where: str) -> Unfolded:
    """Unfolds what running a template comes to.

    Args:
        templates: all of the workflow.
        name: of the template to run.
        where: who asks for it, for messages.

    Raises:
        InputError: a template or task is missing or of a wrong form, or tasks wait for each other.
    """
    draft = _Draft(templates)
    draft.add(make_task(templates, name, {"template": name}, where, None, ()))
    for index, _ in enumerate(draft.tasks):  # grows while it is read
        _add_children(draft, index)
    edges = _edges(draft)
    places: dict[int, int] = {}
    for index, children in enumerate(draft.children):
        if not children:
            places[index] = len(places)
    unfolded = Unfolded(
        tuple(draft.tasks[index] for index in places),
        tuple((places[source], places[target]) for source, target in edges),
    )
    _refuse_cycles(unfolded, where)
    return unfolded


def _add_children(draft: _Draft, index: int) -> None:
    task = draft.tasks[index]
    if task.repeats:
        return
    if task.template.get("dag") is not None:
        _add_dag(draft, index, mapping_at(task.template, "dag", task.where), f"{task.where}.dag")
    elif task.template.get("steps") is not None:
        _add_steps(draft, index, f"{task.where}.steps")


def _add_dag(draft: _Draft, index: int, dag: Mapping[str, Any], where: str) -> None:
    numbers: dict[str, int] = {}
    items = mappings_at(dag, "tasks", where)
    for place, item in enumerate(items):
        name = text_at(item, "name", f"{where}.tasks[{place}]")
        at = f"{where}.tasks[{place}] ({name})"
        if name in numbers:
            raise InputError(f"{at}: another task has the same name")
        numbers[name] = _add_task(draft, index, name, item, at)
    for place, item in enumerate(items):
        at = f"{where}.tasks[{place}] ({item.get('name')})"
        number = numbers[text_at(item, "name", at)]
        for name in _dependencies(item, at):
            if name not in numbers:
                raise InputError(f"{at}: it depends on {name!r}, which is not a task of the DAG")
            draft.before[number].append(numbers[name])


def _dependencies(item: Mapping[str, Any], where: str) -> list[str]:
    return [
        *texts_at(item, "dependencies", where),
        *_DEPENDS.findall(text_at(item, "depends", where)),
    ]


def _add_steps(draft: _Draft, index: int, where: str) -> None:
    """Adds rows of steps, each of which waits for all of the row before."""
    body = draft.tasks[index].template
    earlier: list[int] = []
    for place, row in enumerate(list_at(body, "steps", where.rpartition(".")[0])):
        at = f"{where}[{place}]"
        items = [row] if isinstance(row, Mapping) else mappings_at({"row": row}, "row", at)
        added = [_add_task(draft, index, text_at(item, "name", at), item, at) for item in items]
        for number in added:
            draft.before[number].extend(earlier)
        earlier = added or earlier


def _add_task(draft: _Draft, parent: int, name: str, item: Mapping[str, Any], where: str) -> int:
    remarks = (*draft.tasks[parent].remarks, *remarks_of(item, where))
    task = make_task(draft.templates, name, item, where, parent, remarks)
    if task.template.get("dag") is not None or task.template.get("steps") is not None:
        ancestor: Optional[int] = parent
        while ancestor is not None:
            if draft.tasks[ancestor].template is task.template:
                # A loop of kfp's: a DAG that holds itself.
                again = f"again from {task.template.get('name')}"
                task = DrawnTask(
                    name, task.template, where, (*remarks, again), parent, repeats=True
                )
                break
            ancestor = draft.tasks[ancestor].parent
    number = draft.add(task)
    draft.children[parent].append(number)
    return number


def _edges(draft: _Draft) -> list[tuple[int, int]]:
    firsts, lasts = _ends(draft)
    pairs = [(other, index) for index, names in enumerate(draft.before) for other in names]
    if sum(len(lasts[other]) * len(firsts[index]) for other, index in pairs) > MOST_EDGES:
        raise InputError(
            f"the workflow has more than {MOST_EDGES:,} dependencies, too many for a picture"
        )
    return sorted(
        {
            (source, target)
            for other, index in pairs
            for source in lasts[other]
            for target in firsts[index]
        }
    )


def _ends(draft: _Draft) -> tuple[list[list[int]], list[list[int]]]:
    """Gives, for each task, the ones that run something and start it, and those that end it."""
    firsts: list[list[int]] = [[] for _ in draft.tasks]
    lasts: list[list[int]] = [[] for _ in draft.tasks]
    for index in range(len(draft.tasks) - 1, -1, -1):  # children have higher numbers
        children = draft.children[index]
        if not children:
            firsts[index] = lasts[index] = [index]
            continue
        needed = {other for child in children for other in draft.before[child]}
        firsts[index] = [i for child in children if not draft.before[child] for i in firsts[child]]
        lasts[index] = [i for child in children if child not in needed for i in lasts[child]]
    return firsts, lasts


def _refuse_cycles(unfolded: Unfolded, where: str) -> None:
    levels = levels_of(len(unfolded.tasks), unfolded.edges)
    before = {target: source for source, target in unfolded.edges if levels[source] < 0}
    # A step that waits for none of the cycle is not in it; all others have a step of the cycle before them.
    index = next((i for i, level in enumerate(levels) if level < 0), None)
    if index is None:
        return
    walk: list[int] = []
    while index not in walk:
        walk.append(index)
        index = before[index]
    cycle = [unfolded.tasks[i].name for i in [*walk[walk.index(index) :], index]]
    raise InputError(
        f"{where}: these depend on each other in a cycle: {' -> '.join(reversed(cycle))}"
    )
