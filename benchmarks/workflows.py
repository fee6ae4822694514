"""A compiled workflow in; its size, and the commands of its steps as pods would run them, out."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.environments import Environment
from benchmarks.measuring import Command, clean_environ

SCRIPTS = Path(__file__).parent / "scripts"


def compile_command(environment: Environment, project: Path, output: str) -> Command:
    """Gives the command that compiles a project's default pipeline, with either plugin."""
    return Command((environment.kedro, "kubeflow", "compile", "-o", output), project)


def compact_json(environment: Environment, workflow: Path) -> str:
    """Gives a workflow's YAML file as compact JSON, the form in which its size is limited."""
    target = workflow.with_suffix(".json")
    subprocess.run(
        [environment.python, str(SCRIPTS / "compact.py"), str(workflow), str(target)],
        check=True,
        env=clean_environ({}),
    )
    return target.read_text(encoding="utf-8")


def step_commands(
    workflow: Mapping[str, Any], environment: Environment, project: Path
) -> dict[str, Command]:
    """Gives the command of each step that runs a node, to be run in the project's own folder.

    Args:
        workflow: one that this checkout compiled.
        environment: whose ``kedro`` takes the place of the image's.
        project: the project.

    Returns:
        Commands by the name of their template.
    """
    spec = workflow["spec"]
    shared = spec.get("templateDefaults", {}).get("container", {})
    values = {
        "{{workflow.parameters}}": json.dumps(spec.get("arguments", {}).get("parameters", [])),
        "{{workflow.uid}}": "00000000-0000-4000-8000-000000000000",
        "{{workflow.creationTimestamp}}": "2026-01-01T00:00:00Z",
    }

    def filled(text: str) -> str:
        for name, value in values.items():
            text = text.replace(name, value)
        return text

    commands = {}
    for template in spec["templates"]:
        container = {**shared, **template.get("container", {})}
        words = [*container.get("command", ()), *container.get("args", ())]
        if "container" not in template or "run-step" not in words:
            continue
        variables = [*shared.get("env", ()), *template["container"].get("env", ())]
        commands[template["name"]] = Command(
            (environment.kedro, *map(filled, words[1:])),
            project,
            {item["name"]: filled(item.get("value", "")) for item in variables},
        )
    return commands
