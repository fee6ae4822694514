"""Options and output functions that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable, Optional

import click
from click.core import ParameterSource

DAY_SECONDS = 24 * 60 * 60

pipeline_option = click.option(
    "-p",
    "--pipeline",
    default="__default__",
    show_default=True,
    help="Name of the registered pipeline.",
)


def _not_empty(ctx: click.Context, param: click.Parameter, value: Optional[str]) -> Optional[str]:
    if value is not None and not value.strip():
        raise click.BadParameter("it is empty; is the environment variable set?", ctx, param)
    return value


image_option = click.option(
    "-i",
    "--image",
    default=None,
    callback=_not_empty,
    help="Overrides run_config.image.",
)
param_option = click.option(
    "--param",
    "params",
    multiple=True,
    metavar="KEY=VALUE",
    help="Changes a parameter; use dots for nested keys. May be repeated.",
)
namespace_option = click.option(
    "-en",
    "--experiment-namespace",
    "namespace",
    default=None,
    help="Namespace of the experiment on a multi-user server.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")


def wait_options(command: Any) -> Any:
    """Adds the options of commands that can wait until a run ends."""
    command = click.option(
        "--timeout",
        type=click.IntRange(min=1),
        default=DAY_SECONDS,
        show_default=True,
        metavar="SECONDS",
        help="Seconds to wait at most.",
    )(command)
    return click.option(
        "--wait-for-completion", "wait", is_flag=True, help="Wait until the run ends."
    )(command)


def workflow_option(does: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Returns the option for a compiled workflow; see also :func:`refuse_what_is_compiled`."""
    return click.option(
        "--workflow",
        "workflow_file",
        type=click.Path(path_type=Path, exists=True, dir_okay=False),
        default=None,
        help=f"{does} this compiled workflow instead of a pipeline.",
    )


def refuse_what_is_compiled(ctx: click.Context, image: Optional[str], does: str) -> None:
    """Refuses compile options with ``--workflow``, where they would have no effect."""
    if image or ctx.get_parameter_source("pipeline") is not ParameterSource.DEFAULT:
        raise click.UsageError(
            f"--workflow {does} a compiled workflow; remove --pipeline and --image"
        )


def keep_logs_off_stdout() -> None:
    """Sends Kedro's log to stderr: YAML or JSON on stdout is usually piped to another program."""
    import logging
    import sys

    import rich

    for logger in (logging.getLogger(), *logging.root.manager.loggerDict.values()):
        handler: Any
        for handler in getattr(logger, "handlers", ()):
            if getattr(handler, "stream", None) is sys.stdout:
                handler.setStream(sys.stderr)
            if hasattr(handler, "console"):
                handler.console.stderr = True
    rich.get_console().stderr = True


def counted(number: int, noun: str) -> str:
    """Returns ``1 step`` or ``2 steps``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def plain(found: Any) -> dict[str, Any]:
    """Converts a dataclass to what JSON can represent."""
    import dataclasses

    return dataclasses.asdict(found)
