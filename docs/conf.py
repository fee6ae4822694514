"""How Sphinx builds these pages: Markdown (MyST), no network."""

from __future__ import annotations

import sys
from pathlib import Path

import kedro_kubeflow

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "kedro-kubeflow"
author = "the kedro-kubeflow developers"
version = release = kedro_kubeflow.__version__

extensions = ["myst_parser", "config_reference"]
myst_enable_extensions = ["attrs_inline"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]
nitpicky = True

html_theme = "furo"
html_title = f"{project} {release}"
