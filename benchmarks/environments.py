"""A folder in, three virtual environments out that differ in the plugin alone."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]
EXISTING = "kedro-kubeflow==0.11.0"
# The existing plugin takes no Kedro from 0.19 on, and this is the last before.
COMMON = (
    "kedro==0.18.14",
    "kfp==1.8.22",
    "kedro-datasets>=1.8,<2",
    "openpyxl>=3.1",
    "pandas>=2.0,<3",
    "scikit-learn>=1.4,<2",
    # Kedro 0.18 imports pkg_resources, which setuptools 82 took away.
    "setuptools<82",
)


@dataclass(frozen=True)
class Environment:
    """A virtual environment."""

    path: Path

    @property
    def kedro(self) -> str:
        """The ``kedro`` command in it."""
        return str(self.path / "bin" / "kedro")

    @property
    def python(self) -> str:
        """Its interpreter."""
        return str(self.path / "bin" / "python")

    def packages(self) -> list[str]:
        """Gives what is installed, as ``name==version``, sorted."""
        listed = _uv("pip", "freeze", "--python", self.python)
        return sorted(line for line in listed.splitlines() if line)


@dataclass(frozen=True)
class Environments:
    """Kedro and kfp with no plugin, with this checkout's, and with the existing one."""

    without: Environment
    ours: Environment
    existing: Environment


def make_environments(folder: Path, python: str) -> Environments:
    """Makes the environments, or takes those that are there; this checkout is installed anew.

    Args:
        folder: where they go.
        python: 3.9 or 3.10, a path or a version; the existing plugin takes no later one.

    Raises:
        subprocess.CalledProcessError: uv failed; it has said why.
    """
    ours = _make(folder / "ours", python, [*COMMON, f"{CHECKOUT}[kfp]"])
    _install(ours, ["--no-deps", "--reinstall-package", "kedro-kubeflow", str(CHECKOUT)])
    same = [line for line in ours.packages() if not line.startswith("kedro-kubeflow")]
    without = _make(folder / "without", python, same)
    existing = _make(folder / "existing", python, [*COMMON, EXISTING])
    return Environments(without, ours, existing)


def _make(path: Path, python: str, requirements: Sequence[str]) -> Environment:
    environment = Environment(path)
    if not (path / "complete").exists():
        _uv("venv", "--clear", "--python", python, str(path))
        _install(environment, requirements)
        (path / "complete").touch()
    return environment


def _install(environment: Environment, words: Sequence[str]) -> None:
    # Without bytecode the first commands measured would be compilers.
    _uv("pip", "install", "--compile-bytecode", "--python", environment.python, *words)


def _uv(*words: str) -> str:
    done = subprocess.run(["uv", "--quiet", *words], check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout
