"""The quickstart is typed line by line, on a computer where the plugin has just been installed.

Two things are not as on a reader's:

- ``pip install`` is not run: the plugin and what the project needs are in the environment of the tests. That the
  files they name are there is checked.
- ``http://localhost:8080`` is another port, so that the tests need none of this machine's. A real HTTP server
  answers there, and runs what is submitted, as local processes.

What needs Docker or a cluster is in blocks of another language, ``sh``, and is not run.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import kedro
import pytest
from page_commands import DOCS, Shown, fences, shown_commands

from kfp_server import KfpServer
from local_executor import LocalExecutor
from projects import make_project

kedro_starters = pytest.importorskip("kedro.framework.cli.starters")
if not hasattr(kedro_starters, "KedroStarterSpec"):
    pytest.skip("Kedro reads the entry points kedro.starters from 0.18.5", allow_module_level=True)
pytest.importorskip("pandas")
pytest.importorskip("kedro_datasets")

HOST = "http://localhost:8080"
NOT_RUN = ("pip install ",)

OWN_PIPELINE = """
def double(number):
    return number * 2


def register_pipelines():
    return {
        "__default__": Pipeline([
            node(double, "params:number", "more", name="first"),
            node(double, "more", "even_more", name="second"),
        ])
    }
"""


@dataclass
class Reader:
    """Somebody at a shell, who follows the page.

    Attributes:
        folder: where the shell is.
        home: a home of its own, since Kedro and cookiecutter leave files there.
        server: where Kubeflow Pipelines is.
    """

    folder: Path
    home: Path
    server: str

    def types(self, shown: Shown) -> None:
        self._move_host()
        after = self.home / "folder-after"
        command = shown.command.replace(HOST, self.server)
        finished = subprocess.run(
            ["bash", "-c", f"{command}\nresult=$?\npwd > {after}\nexit $result"],
            cwd=self.folder,
            env={
                **os.environ,
                "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
                "HOME": str(self.home),
                "DO_NOT_TRACK": "1",
                "KEDRO_DISABLE_TELEMETRY": "1",
                # Kedro 0.19 asks the network for this where it is unset, whatever the starter.
                "KEDRO_STARTERS_VERSION": kedro.__version__,
                "COLUMNS": "1000",
            },
            input=shown.typed,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
            timeout=1200,
        )
        assert finished.returncode == 0, f"$ {shown.command}\n{finished.stdout}"
        missing = shown.missing_in(finished.stdout.replace(self.server, HOST))
        assert missing is None, (
            f"$ {shown.command}\ndid not print {missing!r} but\n{finished.stdout}"
        )
        self.folder = Path(after.read_text(encoding="utf-8").rstrip("\n"))

    def _move_host(self) -> None:
        config = self.folder / "conf/base/kubeflow.yaml"
        if config.is_file():
            text = config.read_text(encoding="utf-8")
            config.write_text(text.replace(HOST, self.server), encoding="utf-8")


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    work = tmp_path / "work"
    work.mkdir()
    # The image is made from this folder, which the page has made by then.
    image = LocalExecutor(work / "kubeflow-spaceflights", tmp_path / "cluster")
    # The project that the reader has.
    own = make_project(work / "my-project", OWN_PIPELINE, parameters={"number": 21})
    (own.path / "conf/base/kubeflow.yaml").unlink()
    own.write("requirements.txt", "kedro\n")
    with KfpServer("2.0.5", executor=image) as server:
        yield Reader(work, tmp_path, server.url)


def test_every_line_does_what_the_page_says(reader: Reader, tmp_path: Path) -> None:
    for shown in shown_commands("quickstart.md"):
        if not shown.command.startswith(NOT_RUN):
            reader.types(shown)

    work = reader.folder.parent
    assert reader.folder == work / "my-project"
    # What the cluster ran has left what it should on the volume of its run.
    (metrics,) = (tmp_path / "cluster/volumes").glob(
        "*/08_reporting/candidate_modelling_pipeline/metrics.json"
    )
    assert "GradientBoostingRegressor" in metrics.read_text(encoding="utf-8")
    for project in ("kubeflow-spaceflights", "my-project"):
        workflow = (work / project / "pipeline.yml").read_text(encoding="utf-8")
        assert "image: 'registry.example.com/my-project:1'" in workflow or project != "my-project"
        assert "workingDir: /home/kedro" in workflow
        assert "kedro-kubeflow==" in (work / project / "requirements.txt").read_text("utf-8")


def test_what_is_not_run_is_pips_and_names_what_is_there() -> None:
    from kedro_kubeflow.scaffold.starters import starters

    template = Path(starters[0].template_path) / "{{ cookiecutter.repo_name }}"
    commands = [shown.command for shown in shown_commands("quickstart.md")]

    assert [command for command in commands if command.startswith(NOT_RUN)] == [
        'pip install ".[kfp]"',
        "pip install -r requirements.txt",
    ]
    assert (DOCS.parent / "pyproject.toml").is_file()
    assert (template / "requirements.txt").is_file()
    for block in fences("quickstart.md", "sh"):
        for line in block.splitlines():
            assert re.match(r"docker (build|push) |kubectl port-forward |pip wheel ", line), line


@pytest.mark.parametrize("page", ["../README.md", "index.md"])
def test_the_short_way_elsewhere_is_the_quickstarts(page: str) -> None:
    (short,) = [block for block in fences(page, "console") if "kedro new" in block]
    commands = [line.partition(" #")[0].strip() for line in short.splitlines()]
    long = [shown.command for shown in shown_commands("quickstart.md")]

    places = [long.index(command) for command in commands]
    assert places == sorted(places)
