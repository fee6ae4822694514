"""Source of pipelines and configuration in, a Kedro project on disk out, for any Kedro version."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

import kedro
import pytest
import yaml

import forked_kedro

KEDRO = tuple(int(part) for part in kedro.__version__.split(".")[:3])

HAS_KFP = importlib.util.find_spec("kfp") is not None
COMPILING = ("compile", "check", "graph", "run-local", "run-once", "upload-pipeline")
"""Commands that need the extra ``kfp``."""

KUBEFLOW = {
    "host": "http://localhost:8080",
    "run_config": {
        "image": "registry.example.com/project:1",
        "experiment_name": "Tests",
        "volume": {},
    },
}

PYPROJECT = f"""\
[tool.kedro]
package_name = "shop"
project_name = "Shop Floor"
{"kedro_init_version" if KEDRO >= (0, 18, 5) else "project_version"} = "{kedro.__version__}"
"""

# Datasets of the tests' own: those that come with Kedro differ in name and package from version to version.
DATASETS = '''\
"""Text and pickle datasets that any Kedro takes."""
import pickle
from pathlib import Path, PurePosixPath

from kedro.io.core import Version, get_filepath_str

try:
    from kedro.io import AbstractVersionedDataset as Base
except ImportError:
    from kedro.io import AbstractVersionedDataSet as Base


class JSONFile(Base):
    """Values as JSON, versioned or not."""

    def __init__(self, filepath, version=None, credentials=None):
        import glob
        super().__init__(
            filepath=PurePosixPath(filepath), version=version, exists_function=lambda p: Path(p).exists(),
            glob_function=lambda p: glob.glob(str(p)),
        )

    def _describe(self):
        return {"filepath": str(self._filepath)}

    def _load(self):
        import json
        return json.loads(Path(str(self._get_load_path())).read_text(encoding="utf-8"))

    def _save(self, data):
        import json
        path = Path(str(self._get_save_path()))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(data, ensure_ascii=False, default=str), encoding="utf-8")


class PickleFile(JSONFile):
    """Objects as pickle, versioned or not."""

    def _load(self):
        return pickle.loads(Path(str(self._get_load_path())).read_bytes())

    def _save(self, data):
        path = Path(str(self._get_save_path()))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(pickle.dumps(data))


class Folder(JSONFile):
    """A mapping of names to texts as a folder of files."""

    def _load(self):
        return {item.name: item.read_text() for item in sorted(Path(str(self._filepath)).iterdir()) if item.is_file()}

    def _save(self, data):
        path = Path(str(self._filepath))
        path.mkdir(parents=True, exist_ok=True)
        for name, text in data.items():
            (path / name).write_text(text)
'''


@dataclass(frozen=True)
class Project:
    """A Kedro project on disk.

    Attributes:
        path: its folder.
        environ: variables beside the test's own.
    """

    path: Path
    environ: Mapping[str, str]

    def kedro(
        self, *arguments: str, check: bool = True, cwd: Optional[Path] = None, **environ: str
    ) -> Any:
        """Runs ``kedro`` as a user does and gives the finished process with its output as text."""
        where = cwd or self.path
        variables = {**os.environ, **ENVIRON, **self.environ, **environ}
        if forked_kedro.takes(variables):
            process = forked_kedro.run(arguments, where, variables, timeout=300)
        else:
            process = subprocess.run(
                [sys.executable, "-m", "kedro", *arguments],
                check=False,
                cwd=where,
                env=variables,
                capture_output=True,
                encoding="utf-8",
                timeout=300,
            )
        if check and process.returncode:
            raise AssertionError(
                f"{arguments}: exit {process.returncode}\n{process.stdout}\n{process.stderr}"
            )
        return process

    def kubeflow(self, *arguments: str, check: bool = True, **environ: str) -> Any:
        """Runs ``kedro kubeflow``; skips a test that compiles where the extra for it is not installed."""
        if not HAS_KFP and arguments[0] in COMPILING and "--workflow" not in arguments:
            pytest.skip("compiling needs the extra kfp")
        return self.kedro("kubeflow", *arguments, check=check, **environ)

    def compile(self, *arguments: str, **environ: str) -> dict[str, Any]:
        """Compiles and reads the workflow."""
        target = self.path / "pipeline.yml"
        self.kubeflow("compile", "-o", str(target), *arguments, **environ)
        workflow: dict[str, Any] = yaml.safe_load(target.read_text(encoding="utf-8"))
        return workflow

    def write(self, name: str, content: Any) -> None:
        """Writes a file of the project: YAML where it is not text."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = (
            content
            if isinstance(content, str)
            else yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
        )
        path.write_text(textwrap.dedent(text), encoding="utf-8")

    def read_json(self, name: str) -> Any:
        """Reads a JSON file of the project."""
        return json.loads((self.path / name).read_text(encoding="utf-8"))


# A wide terminal, since rich puts the place of each message beside the message's lines.
ENVIRON = {"DO_NOT_TRACK": "1", "KEDRO_DISABLE_TELEMETRY": "1", "COLUMNS": "1000"}


def take_ctrl_c() -> None:
    """Lets a process that is started take Ctrl-C, which a background job of a script hands on as ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def make_project(
    path: Path,
    registry: str,
    catalog: Optional[Mapping[str, Any]] = None,
    parameters: Any = None,
    kubeflow: Optional[Mapping[str, Any]] = None,
    run_config: Optional[Mapping[str, Any]] = None,
    settings: str = "",
    files: Optional[Mapping[str, Any]] = None,
) -> Project:
    """Makes a Kedro project.

    Args:
        path: its folder, made here.
        registry: source of ``pipeline_registry.py``; ``node`` and ``Pipeline`` are imported already.
        catalog: of the base environment.
        parameters: of the base environment; text is written as it is.
        kubeflow: the whole of ``kubeflow.yaml``; without, a sound one.
        run_config: keys laid over those of ``run_config``; a value of None takes a key away.
        settings: source of ``settings.py``.
        files: further files by path.
    """
    project = Project(path, {})
    project.write("pyproject.toml", PYPROJECT)
    project.write("src/shop/__init__.py", "")
    project.write("src/shop/datasets.py", DATASETS)
    project.write("src/shop/settings.py", settings)
    project.write(
        "src/shop/pipeline_registry.py",
        "from kedro.pipeline import Pipeline, node\n\n\n" + textwrap.dedent(registry),
    )
    for folder in ("conf/local", "data"):
        (path / folder).mkdir(parents=True, exist_ok=True)
    if KEDRO < (0, 18, 5):
        # Kedro to 0.18.4 asks every project for a logging configuration.
        project.write("conf/base/logging.yml", {"version": 1, "disable_existing_loggers": False})
    project.write("conf/base/catalog.yml", dict(catalog or {}))
    if parameters is not None:
        project.write("conf/base/parameters.yml", parameters)
    config = dict(kubeflow or KUBEFLOW)
    if run_config is not None:
        merged = {**config["run_config"], **run_config}
        config["run_config"] = {key: value for key, value in merged.items() if value is not None}
    project.write("conf/base/kubeflow.yaml", config)
    for name, content in (files or {}).items():
        project.write(name, content)
    return project
