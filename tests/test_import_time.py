"""What Kedro loads for every one of its commands, in every pod too, stays light."""

from __future__ import annotations

import subprocess
import sys

import kedro.framework.cli.starters
import pytest

HEAVY = {"google", "kfp", "kfp_server_api", "kubernetes", "mlflow", "pandas", "requests", "sklearn"}

# Kedro comes first: what it brings (requests, on some versions) is not ours.
IMPORT_LAST = """
import importlib, sys

def loaded():
    return {name.partition(".")[0] for name in sys.modules}

*kedro, ours = sys.argv[1:]
for module in kedro:
    importlib.import_module(module)
before = loaded()
importlib.import_module(ours)
print(*sorted(loaded() - before))
"""


def newly_loaded(*modules: str) -> set[str]:
    """Top-level packages that importing the last module adds to those of the others."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", IMPORT_LAST, *modules],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    # Some versions of Kedro log to stdout while they are imported.
    return set(done.stdout.splitlines()[-1].split())


def test_the_commands_import_nothing_heavy() -> None:
    new = newly_loaded("kedro.framework.cli", "kedro_kubeflow.cli")

    assert "kedro_kubeflow" in new
    assert not new & HEAVY


@pytest.mark.skipif(
    not hasattr(kedro.framework.cli.starters, "KedroStarterSpec"),
    reason="Kedro takes starters from plugins since 0.18.5",
)
def test_the_starters_import_nothing_heavy() -> None:
    new = newly_loaded("kedro.framework.cli.starters", "kedro_kubeflow.starters")

    assert "kedro_kubeflow" in new
    assert not new & HEAVY


def test_a_heavy_import_would_be_seen() -> None:
    assert newly_loaded("kedro.framework.cli", "kfp") >= {"kfp", "kubernetes"}
