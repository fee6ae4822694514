"""The commands of ``kedro kubeflow``: prints what they did, and sets the exit code.

Kedro imports this package on every command of every user, so it imports nothing but click; a command's module is
imported when the command is asked for, and each command imports what it needs when it runs.
"""

from __future__ import annotations

import importlib
import os
import sys
import warnings
from typing import Any, Optional

import click

ENV_HELP = (
    "Kedro's configuration environment (default: $KEDRO_ENV, else the project's own default)."
)

_MODULES = {
    "project_commands": ("init", "compile", "run-local", "schema"),
    "check_command": ("check",),
    "graph_command": ("graph",),
    "pipeline_commands": ("upload-pipeline", "schedule", "list-pipelines", "ui"),
    "run_commands": ("run-once", "status", "logs", "retry", "terminate"),
    "pod_commands": ("run-step", "volume-init", "mlflow-start", "mlflow-end", "wait-for-run"),
}
"""The commands of each module of this package."""


class _Group(click.Group):
    """Imports a command when it is asked for, and turns the errors of this plugin into messages and exit codes."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(name for names in _MODULES.values() for name in names)

    def get_command(self, ctx: click.Context, cmd_name: str) -> Optional[click.Command]:
        if cmd_name not in self.commands:
            for module, names in _MODULES.items():
                if cmd_name in names:
                    for command in importlib.import_module(f"{__name__}.{module}").COMMANDS:
                        self.add_command(command)
        return super().get_command(ctx, cmd_name)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as err:
            from kedro_kubeflow.errors import nearest

            near = nearest(args[0], self.list_commands(ctx))
            if not near:
                raise
            raise click.UsageError(f"{err.message} Did you mean {near!r}?", ctx) from err

    def add_command(self, cmd: click.Command, name: Optional[str] = None) -> None:
        # ``-h`` not by help_option_names: click keeps the first help option that a command is asked for, and
        # kedro-telemetry asks all commands, without these settings.
        super().add_command(click.help_option("-h", "--help")(cmd), name)

    def invoke(self, ctx: click.Context) -> Any:
        from kedro_kubeflow.errors import KedroKubeflowError

        _silence_kedros_use_of_omegaconf()
        try:
            return super().invoke(ctx)
        except KedroKubeflowError as err:
            failure = click.ClickException(str(err))
            vars(failure)["exit_code"] = err.exit_code
            raise failure from err
        except ModuleNotFoundError as err:
            from kedro_kubeflow.cli.missing_extra import missing_extra

            message = missing_extra(err)
            if message is None:
                raise
            raise click.ClickException(message) from err


@click.group(name="Kubeflow")
def commands() -> None:
    """Commands of the Kubeflow plugin."""


@commands.group(name="kubeflow", cls=_Group)
@click.help_option("-h", "--help")
@click.option("-e", "--env", default=None, help=ENV_HELP)
@click.pass_context
def kubeflow(ctx: click.Context, env: Optional[str]) -> None:
    """Run Kedro pipelines on Kubeflow Pipelines."""
    ctx.obj = env or os.environ.get("KEDRO_ENV") or _default_env()


def _silence_kedros_use_of_omegaconf() -> None:
    """Hides what OmegaConf from 2.4 on says of Kedro's own code: three warnings, which fill a terminal.

    Nothing else is hidden, and nothing at all where -W or PYTHONWARNINGS says what to show.
    """
    if not sys.warnoptions:
        message = r"\s*register_new_resolver\(\) is deprecated"
        warnings.filterwarnings("ignore", message, UserWarning, r"kedro\.config\.")


def _default_env() -> str:
    """Returns the environment that ``kedro run`` uses: ``default_run_env`` of the project's settings, else local."""
    from kedro_kubeflow.project import DEFAULT_ENV, kedro_private

    if kedro_private.configured_package() is None:
        return DEFAULT_ENV
    from kedro.framework.project import settings

    return str(settings.CONFIG_LOADER_ARGS.get("default_run_env") or DEFAULT_ENV)
