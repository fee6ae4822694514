"""Commands in, the processor time, elapsed time and memory that each took out: medians of rounds taken in turn."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Command:
    """A command to be timed.

    Attributes:
        words: the program and its arguments.
        cwd: where it runs.
        environ: variables beside the machine's own.
    """

    words: Sequence[str]
    cwd: Path
    environ: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Sample:
    """What one run of a command took, the processes it started and waited for included.

    Attributes:
        cpu: seconds of processor time, user and system.
        wall: seconds elapsed.
        peak: bytes of the largest process's resident memory.
    """

    cpu: float
    wall: float
    peak: int


@dataclass(frozen=True)
class Measured:
    """All runs of one command."""

    samples: tuple[Sample, ...]

    @property
    def cpu(self) -> float:
        """Median seconds of processor time."""
        return statistics.median(sample.cpu for sample in self.samples)

    @property
    def wall(self) -> float:
        """Median seconds elapsed."""
        return statistics.median(sample.wall for sample in self.samples)

    @property
    def peak(self) -> float:
        """Median bytes of resident memory."""
        return statistics.median(sample.peak for sample in self.samples)


def clean_environ(environ: Mapping[str, str]) -> dict[str, str]:
    """Gives the machine's environment without what would change the measurement."""
    # With PYTHONDONTWRITEBYTECODE the measured project would be compiled anew by each command; KEDRO_CONFIG_*
    # would go into the workflows.
    dropped = ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "KEDRO_ENV")
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in dropped and not name.startswith("KEDRO_CONFIG_")
    }
    return {**kept, "DO_NOT_TRACK": "1", "KEDRO_DISABLE_TELEMETRY": "1", **environ}


def run_once(command: Command) -> Sample:
    """Runs a command to its end.

    Raises:
        RuntimeError: it failed; the message ends with what it printed last.
    """
    log = command.cwd / ".benchmark.log"
    with log.open("wb") as output:
        start = time.perf_counter()
        process = subprocess.Popen(
            command.words,
            cwd=command.cwd,
            env=clean_environ(command.environ),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        last = log.read_text(encoding="utf-8", errors="replace")[-2000:]
        raise RuntimeError(f"{' '.join(command.words)}: exit code {process.returncode}\n{last}")
    # Linux counts it in KiB, macOS in bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    return Sample(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss * unit)


def measure_in_turn(commands: Mapping[str, Command], rounds: int) -> dict[str, Measured]:
    """Runs commands A B A B…, so that what disturbs the machine disturbs all of them alike.

    Args:
        commands: what to run, by name.
        rounds: runs of each, after one that is not counted: it fills caches and writes bytecode.

    Returns:
        What each took, by name.
    """
    samples: dict[str, list[Sample]] = {name: [] for name in commands}
    for number in range(rounds + 1):
        for name, command in commands.items():
            sample = run_once(command)
            if number:
                samples[name].append(sample)
    return {name: Measured(tuple(taken)) for name, taken in samples.items()}
