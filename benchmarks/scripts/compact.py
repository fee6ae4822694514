"""A workflow's YAML file in, the same as compact JSON out on another: the form in which Kubernetes counts it.

It runs in an environment with kfp, whose PyYAML it uses.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import yaml

source, target = map(Path, sys.argv[1:])
loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
workflow = yaml.load(source.read_text(encoding="utf-8"), Loader=loader)
target.write_text(
    json.dumps(workflow, separators=(",", ":"), ensure_ascii=False, default=str), encoding="utf-8"
)
