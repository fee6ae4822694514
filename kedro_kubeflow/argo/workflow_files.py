"""Writes workflows as YAML, always the same bytes for the same workflow, and reads them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from kedro_kubeflow.errors import InputError

_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
# Go's YAML reads 1e3 and 0o7 as numbers, and yes, no, on, off as booleans; PyYAML would not quote some of them.
_PLAIN = re.compile(
    r"^(?!(?:true|false|yes|no|on|off|null|nan|inf|y|n)$)[A-Za-z_/][A-Za-z0-9_./-]*$", re.IGNORECASE
)


class WorkflowDumper(_Dumper):  # type: ignore[misc]
    """Quotes each string that some YAML parser might read as another type."""

    def ignore_aliases(self, data: Any) -> bool:
        """Writes repeated values in full: not every parser supports aliases."""
        return True


def _represent_string(dumper: Any, text: str) -> Any:
    style = None if _PLAIN.match(text) else "'" if text.isprintable() else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


WorkflowDumper.add_representer(str, _represent_string)


def workflow_yaml(workflow: Mapping[str, Any]) -> str:
    """Writes a workflow as YAML."""
    text: str = yaml.dump(
        dict(workflow), Dumper=WorkflowDumper, sort_keys=False, allow_unicode=True, width=2**20
    )
    return text


def read_workflow(path: Path) -> dict[str, Any]:
    """Reads a workflow that ``compile`` wrote, or Argo's own YAML or JSON.

    Raises:
        InputError: the file cannot be read, is not YAML or not a workflow.
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
