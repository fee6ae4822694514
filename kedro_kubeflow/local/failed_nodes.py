"""Writes the text of ``{{workflow.failures}}`` as Argo writes it."""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from dataclasses import dataclass

from kedro_kubeflow.local.identity import rfc3339

_GO_ESCAPES = {
    "\a": r"\a",
    "\b": r"\b",
    "\f": r"\f",
    "\n": r"\n",
    "\r": r"\r",
    "\t": r"\t",
    "\v": r"\v",
    '"': r"\"",
    "\\": r"\\",
}
# Go's encoding/json escapes these so that JSON can be embedded in HTML and JavaScript.
_JSON_ESCAPES = {ord(mark): f"\\u{ord(mark):04x}" for mark in "<>&\u2028\u2029"}


@dataclass(frozen=True)
class FailedNode:
    """A node of the workflow that failed, in the terms of Argo.

    Beside the steps these are the DAGs around them, and where a step is retried each of its failed
    attempts: Argo lists them all, also when a later attempt succeeded.

    Attributes:
        display_name: the task's name; of an attempt with its number behind it, as in ``train(0)``.
        path: the node's full name, see :class:`kedro_kubeflow.local.step_graph.Node`.
        template: name of its template.
        phase: Failed or Error.
        message: why; empty for a DAG.
        finished: in UTC.
    """

    display_name: str
    path: str
    template: str
    phase: str
    message: str
    finished: datetime.datetime


def failures_text(workflow_name: str, nodes: Sequence[FailedNode]) -> str:
    """What an exit handler gets for ``{{workflow.failures}}``.

    Returns:
        A JSON list inside a string literal of Go; the five characters ``null`` with the quotes
        around them when nothing failed.
    """
    listed = [
        {
            "displayName": node.display_name,
            "message": node.message,
            "templateName": node.template,
            "phase": node.phase,
            "podName": pod_name(workflow_name, node.path),
            "finishedAt": rfc3339(node.finished),
        }
        for node in nodes
    ]
    text = json.dumps(listed or None, ensure_ascii=False, separators=(",", ":"))
    return _quote_as_go(text.translate(_JSON_ESCAPES))


def pod_name(workflow_name: str, path: str) -> str:
    """The name Argo gives the pod of a node: the workflow's, and a hash of the node's full name."""
    if path == workflow_name:
        return path
    # FNV-1a, 32 bits: http://www.isthe.com/chongo/tech/comp/fnv/
    value = 0x811C9DC5
    for byte in path.encode():
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return f"{workflow_name}-{value}"


def _quote_as_go(text: str) -> str:
    """A string literal as Go's ``strconv.Quote`` writes it."""
    return '"' + "".join(map(_escape, text)) + '"'


def _escape(character: str) -> str:
    if character in _GO_ESCAPES:
        return _GO_ESCAPES[character]
    if character.isprintable():
        return character
    code = ord(character)
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
