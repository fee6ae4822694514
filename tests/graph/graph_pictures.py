"""The text of a picture in, what somebody who looks at it sees out."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional
from xml.etree import ElementTree

import yaml
from click.testing import CliRunner, Result

from kedro_kubeflow.cli import commands

SVG = "{http://www.w3.org/2000/svg}"


@dataclass(frozen=True)
class Seen:
    """A box of a picture: its place, its colour, and what is written in it or told by its tooltip."""

    left: float
    top: float
    width: float
    height: float
    fill: str
    dashed: bool
    texts: tuple[str, ...]
    details: tuple[str, ...]

    @property
    def middle(self) -> float:
        return self.left + self.width / 2

    def overlaps(self, other: Seen) -> bool:
        return (
            self.left < other.left + other.width
            and other.left < self.left + self.width
            and self.top < other.top + other.height
            and other.top < self.top + self.height
        )


class Svg:
    """An SVG as it is seen.

    Attributes:
        boxes: steps by their full names; a name that occurs twice is an error.
        edges: pairs of names.
        legend: the texts above the steps.
        size: width and height.
    """

    def __init__(self, text: str) -> None:
        root = ElementTree.fromstring(text)
        self.boxes: dict[str, Seen] = {}
        for group in root.iter(f"{SVG}g"):
            if group.get("class", "").startswith("step"):
                name, box = _box(group)
                assert name not in self.boxes, f"{name} is drawn twice"
                self.boxes[name] = box
        self.paths = {
            _title(path): path.get("d", "")
            for path in root.iter(f"{SVG}path")
            if path.get("class") == "edge"
        }
        self.edges = {tuple(title.split(" → ")) for title in self.paths}
        self.legend = [
            text.text for text in root.findall(f"{SVG}g[@class='header']/{SVG}text") if text.text
        ]
        self.exit_edges = [
            path for path in root.iter(f"{SVG}path") if path.get("class") == "exit-edge"
        ]
        self.size = float(root.get("width", 0)), float(root.get("height", 0))

    def check(self) -> None:
        """Boxes keep off each other and inside, and each edge leads down from its source into its target."""
        for (one, first), (two, second) in itertools.combinations(self.boxes.items(), 2):
            assert not first.overlaps(second), f"{one} and {two} overlap"
        for box in self.boxes.values():
            assert box.left >= 0
            assert box.left + box.width <= self.size[0]
            assert box.top + box.height <= self.size[1]
        for title, path in self.paths.items():
            source, target = (self.boxes[name] for name in title.split(" → "))
            numbers = [float(number) for number in re.findall(r"-?[\d.]+", path)]
            assert abs(numbers[0] - source.middle) < 0.2, title
            assert abs(numbers[1] - source.top - source.height) < 0.2, title
            assert 0 < target.top - numbers[-1] < 10, title
            assert source.top + source.height < target.top, title


def _box(group: ElementTree.Element) -> tuple[str, Seen]:
    (rect,) = group.findall(f"{SVG}rect[@class='box']")
    name, *details = _title(group).split("\n")
    left, top, width, height = (float(rect.get(key, "")) for key in ("x", "y", "width", "height"))
    texts = tuple(item.text or "" for item in group.findall(f"{SVG}text"))
    dashed = rect.get("stroke-dasharray") is not None
    return name, Seen(left, top, width, height, rect.get("fill", ""), dashed, texts, tuple(details))


def _title(element: ElementTree.Element) -> str:
    return element.findtext(f"{SVG}title") or ""


def workflow(
    tasks: dict[str, list[str]],
    templates: Optional[dict[str, dict[str, Any]]] = None,
    **spec: Any,
) -> dict[str, Any]:
    """An Argo workflow of tasks and what each depends on; each runs a container unless told otherwise."""
    plain = {"container": {"image": "python", "command": ["true"]}}
    bodies = dict.fromkeys(tasks, plain)
    bodies.update(templates or {})
    dag = [{"name": name, "template": name, "dependencies": after} for name, after in tasks.items()]
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {"generateName": "sketch-"},
        "spec": {
            "entrypoint": "all",
            "templates": [
                {"name": "all", "dag": {"tasks": dag}},
                *({"name": name, **body} for name, body in bodies.items()),
            ],
            **spec,
        },
    }


def graph(folder: Path, content: Any, output: str = "picture.svg") -> Result:
    """Runs ``kedro kubeflow graph --workflow`` on a workflow, outside any project."""
    source = folder / "workflow.yml"
    text = content if isinstance(content, str) else yaml.safe_dump(content, allow_unicode=True)
    source.write_text(text, encoding="utf-8")
    target = output if output == "-" else str(folder / output)
    arguments = ["kubeflow", "graph", "--workflow", str(source), "-o", target]
    return CliRunner().invoke(commands, arguments)


def drawn(folder: Path, content: Any) -> Svg:
    """Draws a workflow, and reads the picture."""
    result = graph(folder, content)
    assert result.exit_code == 0, result.output
    picture = Svg((folder / "picture.svg").read_text(encoding="utf-8"))
    picture.check()
    return picture
