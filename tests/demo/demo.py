# ruff: noqa: T201 - a script, to be watched
"""The whole way from nothing to a workflow that has run, on this machine: `make demo`.

    python tests/demo/demo.py [FOLDER]

The project is made in FOLDER, or in a temporary one. What is printed after a `$` is what a person
would type; the first command that fails ends the demo with its exit code.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

import kedro

PROJECT = "shuttle-prices"
CONFIG = f"project_name: Shuttle Prices\nrepo_name: {PROJECT}\npython_package: shuttle_prices\n"

NEXT = """
Next, with a project of your own, docs/quickstart.md leads the way. In short, in the project's folder, with CLONE for
the clone's and with its requirements in requirements.txt:

  $ pip install 'CLONE[kfp]'
  $ (echo; grep kedro-kubeflow {project}/requirements.txt) >> requirements.txt
  $ cp {project}/Dockerfile {project}/.dockerignore .
  $ pip wheel --no-deps --wheel-dir wheels CLONE                # the image installs the plugin from it
  $ kedro kubeflow init https://kubeflow.example.com/pipeline   # writes conf/base/kubeflow.yaml: set image in it
  $ kedro kubeflow compile                                      # writes pipeline.yml; needs no cluster
  $ kedro kubeflow run-local                                    # runs it on this machine

and once that works, with the image's name as in kubeflow.yaml:

  $ docker build -t registry.example.com/my-project:1 .
  $ docker push registry.example.com/my-project:1
  $ kedro kubeflow run-once --wait-for-completion               # in the cluster
"""


def run(*command: str, cwd: Path) -> None:
    """Prints a kedro command, runs it with its output on the terminal, ends the demo if it fails.

    Args:
        command: what follows `kedro`.
        cwd: where to run it.
    """
    print(f"\n$ {shlex.join(['kedro', *command])}", flush=True)
    environment = {
        **os.environ,
        # kedro-telemetry would ask for consent at the terminal.
        "DO_NOT_TRACK": "1",
        "KEDRO_DISABLE_TELEMETRY": "1",
        # Kedro 0.19 asks the network for this where it is unset, even for a starter on disk.
        "KEDRO_STARTERS_VERSION": kedro.__version__,
    }
    # The kedro of this interpreter, whether or not its environment is the active one.
    finished = subprocess.run(
        [sys.executable, "-m", "kedro", *command], cwd=cwd, env=environment, check=False
    )
    if finished.returncode:
        sys.exit(finished.returncode)


def show(folder: Path, pattern: str) -> tuple[Path, ...]:
    """Finds what must be there now.

    Returns:
        The paths below the folder that match, sorted; at least one, or the demo ends.
    """
    found = tuple(sorted(folder.glob(pattern)))
    if not found:
        sys.exit(f"demo: the run left no {pattern} in {folder}")
    return found


def make_project(folder: Path) -> Path:
    """Makes the starter's project in a folder and gives the project's own folder."""
    if (folder / PROJECT).exists():
        sys.exit(f"demo: {folder / PROJECT} is there already; remove it, or name another folder")
    (folder / "project.yml").write_text(CONFIG, encoding="utf-8")
    print(f"\n$ cd {shlex.quote(str(folder))}\n$ cat project.yml\n{CONFIG}", end="")
    run("new", "--starter=kubeflow-spaceflights", "--config=project.yml", cwd=folder)
    print(f"\n$ cd {PROJECT}")
    return folder / PROJECT


def main() -> None:
    """Runs the demo."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp(prefix="demo-"))
    folder.mkdir(parents=True, exist_ok=True)
    project = make_project(folder.resolve())
    run("kubeflow", "compile", "--output=pipeline.yml", cwd=project)
    run("kubeflow", "run-local", cwd=project)

    (outcome,) = show(project, ".kedro-kubeflow/runs/*")
    print("\nHow good the models are, as their last steps wrote it to the run's volume:")
    for metrics in show(outcome, "volumes/*/08_reporting/*/metrics.json"):
        print(f"\n{metrics.parent.name} {metrics.read_text(encoding='utf-8')}")
    for title, pattern in (
        ("The models", "volumes/*/06_models/*/regressor.pkl/*/regressor.pkl"),
        ("What the exit handler said, the pipeline `notify`", "volumes/*/08_reporting/*.json"),
        ("What Kubeflow would show as artifacts", "artifacts"),
    ):
        print(f"\n{title}:")
        for path in show(outcome, pattern):
            print(f"  {path}")
    print(f"\nThe workflow, for any Kubeflow Pipelines:\n  {project / 'pipeline.yml'}")
    print(NEXT.format(project=shlex.quote(str(project))), end="")


if __name__ == "__main__":
    main()
