"""A workflow in, the same bytes of YAML for the same workflow out, and back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from kedro_kubeflow.errors import InputError

_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
# Go's YAML takes 1e3 for a number, 0o7 too, and yes, no, on, off for booleans; PyYAML would leave some of them bare.
_PLAIN = re.compile(
    r"^(?!(?:true|false|yes|no|on|off|null|nan|inf|y|n)$)[A-Za-z_/][A-Za-z0-9_./-]*$", re.IGNORECASE
)


class WorkflowDumper(_Dumper):  # type: ignore[misc]
    """Quotes each text that some reader of YAML might take for something else."""

    def ignore_aliases(self, data: Any) -> bool:
        """Writes what occurs twice twice: not every reader follows aliases."""
        return True


def _represent_text(dumper: Any, text: str) -> Any:
    style = None if _PLAIN.match(text) else "'" if text.isprintable() else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


WorkflowDumper.add_representer(str, _represent_text)


def workflow_yaml(workflow: Mapping[str, Any]) -> str:
    """Writes a workflow as YAML."""
    text: str = yaml.dump(
        dict(workflow), Dumper=WorkflowDumper, sort_keys=False, allow_unicode=True, width=2**20
    )
    return text


def read_workflow(path: Path) -> dict[str, Any]:
    """Reads a workflow that ``compile`` wrote, or Argo's own YAML or JSON.

    Raises:
        InputError: no such file, no YAML, no workflow.
    """
    try:
        text = path.read_text(encoding="utf-8")
        workflow = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except OSError as err:
        raise InputError(f"{path}: the workflow cannot be read: {err.strerror}") from err
    except (UnicodeDecodeError, yaml.YAMLError) as err:
        raise InputError(f"{path}: this is not YAML: {err}") from err
    if not isinstance(workflow, dict) or workflow.get("kind") != "Workflow":
        raise InputError(f"{path}: this is not an Argo workflow: it has no 'kind: Workflow'")
    return workflow
