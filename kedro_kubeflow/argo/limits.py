"""What Kubeflow, Argo and Linux accept at most, and how they count it.

Kubeflow's API server and Argo are written in Go: sizes are those of JSON as Go writes it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

MAX_PARAMETERS_BYTES = 10_000
"""All parameters of a run together, as JSON; the API server refuses more."""

MAX_TEMPLATE_BYTES = 128 * 1024
"""One template: it travels into its pod as one environment variable, and Linux accepts no longer one."""

MAX_WORKFLOW_BYTES = 1024 * 1024
"""A workflow with its status, which grows while it runs."""

STATUS_BYTES = 110
"""Status of one step, compressed, as Argo stores it when the whole would be too large."""


NOT_STORED = (
    "Kubeflow stores no character above U+FFFF, such as an emoji, except in values of parameters"
)


def unstorable(text: str) -> str:
    """Returns the first character of a text that no server's database holds, or nothing.

    Kubeflow connects to MySQL with the character set utf8, which has three bytes a character: no emoji.
    """
    return next((character for character in text if character > "\uffff"), "")


def json_bytes(value: Any) -> int:
    """Returns the size of a value as JSON in bytes, with the characters escaped that Go's encoder escapes."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    escaped = 5 * sum(map(text.count, "<>&")) + 3 * sum(map(text.count, "\u2028\u2029"))
    return len(text.encode("utf-8", "surrogatepass")) + escaped


def parameter_bytes(values: Mapping[str, str]) -> int:
    """Returns what the parameters of a run take, of the :data:`MAX_PARAMETERS_BYTES` that the server accepts."""
    return json_bytes([{"name": name, "value": value} for name, value in values.items()])


def workflow_bytes(workflow: Mapping[str, Any]) -> tuple[int, int]:
    """Returns the bytes of JSON that a workflow takes, and about those it takes with its status while it runs."""
    size = json_bytes(workflow)
    return size, size + STATUS_BYTES * len(workflow["spec"]["templates"])
