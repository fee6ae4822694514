# ruff: noqa: T201 - a script, to be watched
"""Measures the plugin and writes ``benchmarks.json``, ``benchmarks.md`` and ``benchmarks.png`` into a folder.

It makes three virtual environments and seven projects in a work folder, which it keeps for the next time; it needs uv,
a Python 3.9 or 3.10 that uv finds, and half an hour of a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.compiling import measure_compilation, measure_spaceflights
from benchmarks.environments import CHECKOUT, Environments, make_environments
from benchmarks.kfp_stub import kfp_stub
from benchmarks.local_run import measure_local_run
from benchmarks.projects_to_measure import joined_inputs, make_project, make_spaceflights
from benchmarks.sizing import MORE_PARAMETERS, measure_sizes
from benchmarks.startup import measure_help, measure_plugin_overhead, measure_step
from benchmarks.table import Row, as_json, as_markdown

PARAMETERS = 20
NODES = (100, 500, 1000, 2000)
ROOM_TARGET = 1400
STEPS = 50
QUICK = "overhead", "help", "step", "spaceflights"
SLOW = "nodes", "local"


def main() -> None:
    """Measures what was asked for."""
    options = _options()
    output, work = options.output.resolve(), options.work.resolve()
    if CHECKOUT in (output, *output.parents) or CHECKOUT in (work, *work.parents):
        raise SystemExit(f"the folders must be outside the repository {CHECKOUT}")
    output.mkdir(parents=True, exist_ok=True)
    work.mkdir(parents=True, exist_ok=True)
    print("making the environments", flush=True)
    environments = make_environments(work / "environments", options.python)
    with kfp_stub() as host:
        rows = _measure(environments, work / "projects", host, options)
    _write(rows, environments, output)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("output", type=Path, help="folder for the results, outside the repository")
    parser.add_argument(
        "--work",
        type=Path,
        default=Path.home() / ".cache" / "kedro-kubeflow-benchmarks",
        help="folder for environments and projects, outside the repository",
    )
    parser.add_argument("--python", default="3.9", help="3.9 or 3.10, as uv takes it")
    parser.add_argument("--only", nargs="+", choices=QUICK + SLOW, default=QUICK + SLOW)
    parser.add_argument("--rounds", type=int, default=9, help="runs of quick commands")
    parser.add_argument("--slow-rounds", type=int, default=3, help="runs of slow ones")
    return parser.parse_args()


def _measure(
    environments: Environments, projects: Path, host: str, options: argparse.Namespace
) -> list[Row]:
    shutil.rmtree(projects, ignore_errors=True)
    one = make_project(projects / "one", joined_inputs(1), PARAMETERS, host)

    def spaceflights() -> tuple[Row, ...]:
        project = make_spaceflights(projects / "starter", environments.ours)
        return (measure_spaceflights(environments, project, options.rounds),)

    def nodes() -> tuple[Row, ...]:
        def made(count: int, parameters: int, name: str) -> Path:
            return make_project(projects / name, joined_inputs(count), parameters, host)

        sizes = {count: made(count, PARAMETERS, f"nodes-{count}") for count in NODES}
        more = {
            count: made(count, PARAMETERS + MORE_PARAMETERS, f"nodes-{count}-more-parameters")
            for count in NODES[:2]
        }
        at_target = made(ROOM_TARGET, PARAMETERS, f"nodes-{ROOM_TARGET}")
        time, memory = measure_compilation(environments, sizes, options.slow_rounds)
        return (time, *measure_sizes(environments, sizes, more, at_target), memory)

    def local() -> tuple[Row, ...]:
        inputs = [("params:number_00", "params:number_01")] * STEPS
        project = make_project(projects / "steps", inputs, PARAMETERS, host)
        return (measure_local_run(environments, project, options.slow_rounds),)

    comparisons: dict[str, Callable[[], tuple[Row, ...]]] = {
        "overhead": lambda: (measure_plugin_overhead(environments, one, options.rounds),),
        "help": lambda: (measure_help(environments, one, options.rounds),),
        "step": lambda: (measure_step(environments, one, options.rounds),),
        "spaceflights": spaceflights,
        "nodes": nodes,
        "local": local,
    }
    rows: list[Row] = []
    for name, compare in comparisons.items():
        if name in options.only:
            print(f"measuring: {name}", flush=True)
            rows += compare()
            print(as_markdown(rows[-1:] if name != "nodes" else rows[-4:]), flush=True)
    return rows


def _write(rows: Sequence[Row], environments: Environments, output: Path) -> None:
    from benchmarks.plot import draw_table

    # sched_getaffinity counts what this process may use, where the system has it.
    usable = getattr(os, "sched_getaffinity", None)
    machine = {
        "date": dt.date.today().isoformat(),
        "cores": len(usable(0)) if usable else os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
    }
    packages = {
        name: getattr(environments, name).packages() for name in ("without", "ours", "existing")
    }
    document = {"machine": machine, "rows": as_json(rows), "packages": packages}
    (output / "benchmarks.json").write_text(json.dumps(document, indent=1), encoding="utf-8")
    (output / "benchmarks.md").write_text(as_markdown(rows), encoding="utf-8")
    title = f"kedro-kubeflow, {machine['date']}, {machine['cores']} cores, {machine['system']}"
    draw_table(rows, title, output / "benchmarks.png")
    print(as_markdown(rows))
    print(f"Written to {output}: benchmarks.json, benchmarks.md, benchmarks.png")


if __name__ == "__main__":
    main()
