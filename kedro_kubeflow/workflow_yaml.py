"""A workflow in, the same bytes of YAML for the same workflow out, written whole or not at all."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from kedro_kubeflow.errors import InputError
from kedro_kubeflow.whole_files import write_whole

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
    """Reads a workflow that :func:`write_workflow` wrote, or Argo's own YAML or JSON.

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


def check_target(target: str) -> None:
    """Refuses a file that could not be written, before the work is done.

    Raises:
        InputError: its folder does not exist, or it is a folder itself.
    """
    path = Path(target)
    if "://" in target:
        return
    if path.is_dir():
        raise InputError(
            f"{path}: this is a folder; give a file in it, for instance {path / 'pipeline.yml'}"
        )
    if not path.parent.is_dir():
        raise InputError(
            f"{path}: the folder {path.parent} does not exist; make it, or give another file with --output"
        )


def write_workflow(workflow: Mapping[str, Any], target: str) -> int:
    """Writes a workflow to a path or a URL that fsspec knows, whole or not at all.

    Returns:
        How many bytes were written.

    Raises:
        InputError: the target cannot be written.
    """
    check_target(target)
    content = workflow_yaml(workflow).encode("utf-8")
    if "://" in target:
        _write_remote(content, target)
        return len(content)
    path = Path(os.path.realpath(target))  # a link stays a link
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(content)  # a pipe or a device cannot be replaced
        else:
            write_whole({path: content})
    except OSError as err:
        raise InputError(f"{target}: the workflow cannot be written: {err.strerror}") from err
    return len(content)


def _write_remote(content: bytes, target: str) -> None:
    import fsspec

    try:
        # Object stores show an object when it is complete; pipe_file hands it over in one piece.
        filesystem, path = fsspec.core.url_to_fs(target)
        filesystem.pipe_file(path, content)
    except Exception as err:
        raise InputError(f"{target}: the workflow cannot be written: {err}") from err
