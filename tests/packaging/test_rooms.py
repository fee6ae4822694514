"""The rooms of the package: each name once, and no room reaches into another past its face."""

from __future__ import annotations

import ast
import importlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import kedro_kubeflow

PACKAGE = Path(kedro_kubeflow.__file__).parent
ROOMS = {path.parent.name: path for path in PACKAGE.glob("*/__init__.py")}
# Their modules are imported one by one, each when it is needed; the docstrings of their faces say so.
OPEN = {"cli", "commands", "pod", "scaffold"}


def modules() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        if "kubeflow-spaceflights" not in path.parts:
            yield path.relative_to(PACKAGE), ast.parse(path.read_text(encoding="utf-8"))


def offered(room: str) -> set[str]:
    """The names in a room's ``__all__``."""
    for statement in ast.parse(ROOMS[room].read_text(encoding="utf-8")).body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "__all__":
            return set(ast.literal_eval(statement.value))
    return set()


def test_there_are_about_a_dozen() -> None:
    assert len(ROOMS) == 13
    assert not [path for path in PACKAGE.glob("*/*.py") if path.parent.name not in ROOMS]


def test_each_face_says_what_the_room_is_for() -> None:
    assert not [
        room for room, path in ROOMS.items() if not ast.get_docstring(ast.parse(path.read_text()))
    ]


def test_a_room_takes_from_another_what_its_face_offers() -> None:
    past_the_face = []
    for path, tree in modules():
        for node in ast.walk(tree):
            if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith(
                "kedro_kubeflow."
            ):
                continue
            _, room, *inside = str(node.module).split(".")
            if room not in ROOMS or room in OPEN or room == path.parts[0]:
                continue
            names = {inside[0]} if inside else {alias.name for alias in node.names}
            if names - offered(room):
                past_the_face.append(f"{path}: {ast.unparse(node)}")
    assert not past_the_face


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_a_name_that_a_module_has_too_is_the_module(room: str) -> None:
    """Importing a module sets its name in the package, whatever the face means by it."""
    face = importlib.import_module(f"kedro_kubeflow.{room}")
    for name in offered(room) & {path.stem for path in ROOMS[room].parent.glob("*.py")}:
        value = getattr(face, name, None) or importlib.import_module(f"{face.__name__}.{name}")
        assert isinstance(value, ModuleType), name


def test_each_module_and_each_class_has_a_name_of_its_own() -> None:
    names = Counter(path.stem for path, _ in modules() if path.stem != "__init__")
    names += Counter(room for room in ROOMS)
    classes = Counter(
        node.name for _, tree in modules() for node in tree.body if isinstance(node, ast.ClassDef)
    )
    assert [name for name, count in (names + classes).items() if count > 1] == []
