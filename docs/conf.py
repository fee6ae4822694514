"""How Sphinx builds these pages: Markdown (MyST), no network."""

from __future__ import annotations

import kedro_kubeflow

project = "kedro-kubeflow"
author = "the kedro-kubeflow developers"
version = release = kedro_kubeflow.__version__

extensions = ["myst_parser"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]
nitpicky = True

html_theme = "furo"
html_title = f"{project} {release}"
