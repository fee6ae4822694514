"""The project templates of this package, for Kedro's entry point ``kedro.starters``.

``kedro new --starter=kubeflow-spaceflights`` makes a project from the folder beside this file,
without any network. Kedro reads the entry point from 0.18.5 on; older ones never import this.
"""

from __future__ import annotations

from pathlib import Path

from kedro.framework.cli.starters import KedroStarterSpec

__all__ = ["starters"]

#: Every template this package ships; Kedro lists them in ``kedro starter list``.
starters = [
    KedroStarterSpec(
        alias="kubeflow-spaceflights",
        template_path=str(Path(__file__).parent / "kubeflow-spaceflights"),
    )
]
