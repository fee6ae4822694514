"""Numbers of nodes and parameters in, Kedro projects on disk out that both plugins compile."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

from benchmarks.environments import Environment
from benchmarks.measuring import clean_environ

PYPROJECT = """\
[tool.kedro]
package_name = "measured"
project_name = "Measured"
kedro_init_version = "0.18.14"
"""

# kedro.config.ConfigLoader, the default of 0.18, does not let the existing plugin read its file.
SETTINGS = """\
from kedro.config import OmegaConfigLoader

CONFIG_LOADER_CLASS = OmegaConfigLoader
CONFIG_LOADER_ARGS = {"config_patterns": {"kubeflow": ["kubeflow*"]}}
"""

# What both plugins take, and say to the cluster alike.
KUBEFLOW = """\
host: {host}
run_config:
  image: registry.example.com/measured:1
  experiment_name: Measured
  run_name: Measured
  volume: {{}}
  resources:
    __default__: {{cpu: 500m, memory: 1024Mi}}
  retry_policy:
    __default__: {{num_retries: 3, backoff_duration: 60s, backoff_factor: 2}}
"""

REGISTRY = """\
from kedro.pipeline import Pipeline, node

INPUTS = {inputs!r}


def add(*numbers):
    return sum(numbers) + 1


def register_pipelines():
    nodes = [
        node(add, list(names) or None, f"sum_{{number:04d}}", name=f"node_{{number:04d}}")
        for number, names in enumerate(INPUTS)
    ]
    return {{"__default__": Pipeline(nodes)}}
"""

STARTER = """\
project_name: Spaceflights
repo_name: spaceflights
python_package: spaceflights
"""


def joined_inputs(nodes: int) -> list[tuple[str, ...]]:
    """Gives two inputs for each node: results of nodes before, or parameters where there are too few."""
    inputs: list[tuple[str, ...]] = []
    for number in range(nodes):
        first, second = (number - 1) // 2, (number - 1) // 3
        known = [f"sum_{other:04d}" for other in dict.fromkeys((first, second)) if other >= 0]
        inputs.append((*known, "params:number_00", "params:number_01")[:2])
    return inputs


def make_project(folder: Path, inputs: list[tuple[str, ...]], parameters: int, host: str) -> Path:
    """Makes a project.

    Args:
        folder: where it goes.
        inputs: names of each node's inputs; the node's output is ``sum_NUMBER``.
        parameters: how many it has.
        host: the server that the existing plugin finds.

    Returns:
        The project's folder.
    """
    files: Mapping[str, str] = {
        "pyproject.toml": PYPROJECT,
        "conf/base/catalog.yml": "",
        "conf/base/parameters.yml": "".join(f"number_{n:02d}: {n}\n" for n in range(parameters)),
        "conf/base/kubeflow.yaml": KUBEFLOW.format(host=host),
        "conf/local/.gitkeep": "",
        "data/01_raw/.gitkeep": "",
        "src/measured/__init__.py": "",
        "src/measured/settings.py": SETTINGS,
        "src/measured/pipeline_registry.py": REGISTRY.format(inputs=inputs),
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def make_spaceflights(folder: Path, environment: Environment) -> Path:
    """Makes the starter's project with ``kedro new`` and gives its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "answers.yml").write_text(STARTER, encoding="utf-8")
    subprocess.run(
        [environment.kedro, "new", "--starter=kubeflow-spaceflights", "--config=answers.yml"],
        cwd=folder,
        env=clean_environ({"KEDRO_STARTERS_VERSION": "0.18.14"}),
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return folder / "spaceflights"
