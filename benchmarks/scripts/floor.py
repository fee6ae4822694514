"""What any plugin that compiles with kfp must do first: start Kedro, load the project, import kfp."""

from __future__ import annotations

import warnings
from pathlib import Path

from kedro.framework.cli.cli import KedroCLI
from kedro.framework.project import pipelines
from kedro.framework.session import KedroSession

warnings.simplefilter("ignore")

# As the `kedro` command does: it finds the plugins and the project's own commands.
KedroCLI(project_path=Path.cwd()).list_commands(None)
with KedroSession.create(project_path=Path.cwd(), env="local") as session:
    context = session.load_context()
    loader = context.config_loader
    parameters = loader["parameters"]
    catalog = loader["catalog"]
nodes = pipelines["__default__"].nodes

import kfp  # noqa: E402
import kfp.compiler  # noqa: E402,F401
