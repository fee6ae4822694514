"""A workflow in, the status that Argo writes beside it when all its steps have run out, compressed as Argo does.

Argo 3.3 puts one entry for each node of the run's tree into ``status.nodes``. Where workflow and status are
larger than 1 MiB together, it puts base64 of gzip of the same JSON into ``status.compressedNodes``; the spec it
never compresses. A step with a retry strategy has two entries: the retries', and the pod's below.
"""

from __future__ import annotations

import base64
import datetime as dt
import gzip
import json
import random
from collections.abc import Mapping
from typing import Any

LIMIT = 1024 * 1024
WORKFLOW = "measured-x7k2p"
FIXED_BYTES = 4096
"""For what KFP's server and Argo add to metadata and status once: names, labels, times, conditions."""


def compressed_status(workflow: Mapping[str, Any]) -> int:
    """Gives the bytes of ``status.compressedNodes`` after a run in which every step succeeded."""
    nodes = _nodes(workflow)
    text = json.dumps(nodes, separators=(",", ":"), ensure_ascii=False)
    return len(base64.b64encode(gzip.compress(text.encode(), mtime=0)))


def whole_bytes(spec_bytes: float, status_bytes: float) -> float:
    """Gives the bytes of the workflow in the cluster at its run's end."""
    return spec_bytes + status_bytes + FIXED_BYTES


def _nodes(workflow: Mapping[str, Any]) -> dict[str, Any]:
    spec = workflow["spec"]
    templates = {template["name"]: template for template in spec["templates"]}
    values = {item["name"]: item for item in spec.get("arguments", {}).get("parameters", ())}
    source = random.Random(0)
    ids: dict[str, str] = {}

    def node_id(name: str) -> str:
        # Argo takes a 32-bit hash of the name, which looks random to a compressor.
        return ids.setdefault(name, f"{WORKFLOW}-{source.getrandbits(32)}")

    followers: dict[str, list[str]] = {}
    tasks = [
        task for template in spec["templates"] for task in template.get("dag", {}).get("tasks", ())
    ]
    for task in tasks:
        for name in task.get("dependencies", ()):
            followers.setdefault(name, []).append(node_id(f"{WORKFLOW}.{task['name']}"))
    nodes: dict[str, Any] = {}
    now = dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc)
    for task in tasks:
        template = templates[task["template"]]
        now += dt.timedelta(seconds=source.randrange(30))
        ended = now + dt.timedelta(seconds=source.randrange(10, 600))
        common: dict[str, Any] = {
            "templateName": task["template"],
            "templateScope": f"local/{WORKFLOW}",
            "phase": "Succeeded",
            "boundaryID": WORKFLOW,
            "startedAt": f"{now:%Y-%m-%dT%H:%M:%SZ}",
            "finishedAt": f"{ended:%Y-%m-%dT%H:%M:%SZ}",
            "progress": "1/1",
            "resourcesDuration": {"cpu": source.randrange(600), "memory": source.randrange(600)},
        }
        inputs = template.get("inputs", {}).get("parameters", ())
        if inputs:
            common["inputs"] = {"parameters": [values.get(item["name"], item) for item in inputs]}
        name = f"{WORKFLOW}.{task['name']}"
        pod = f"{name}(0)" if "retryStrategy" in template else name
        log = f"artifacts/{WORKFLOW}/2026/01/01/{node_id(pod)}/main.log"
        outputs = {"artifacts": [{"name": "main-logs", "s3": {"key": log}}], "exitCode": "0"}
        children = {"children": followers[task["name"]]} if task["name"] in followers else {}
        if pod != name:
            nodes[node_id(name)] = {
                "id": node_id(name),
                "name": name,
                "displayName": task["name"],
                "type": "Retry",
                **common,
                "outputs": outputs,
                "children": [node_id(pod)],
            }
        nodes[node_id(pod)] = {
            "id": node_id(pod),
            "name": pod,
            "displayName": pod.partition(".")[2],
            "type": "Pod",
            **common,
            "outputs": outputs,
            **children,
            "hostNodeName": f"worker-{source.randrange(20)}",
        }
    return nodes
