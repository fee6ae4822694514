"""Configures Sphinx: Markdown pages (MyST), the theme, and links to the repository. Needs no network."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import kedro_kubeflow

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "kedro-kubeflow"
author = "the kedro-kubeflow developers"
copyright = f"{author}, Apache-2.0"  # noqa: A001 - the name that Sphinx reads
version = release = kedro_kubeflow.__version__

extensions = ["myst_parser", "sphinx_copybutton", "config_reference"]
myst_enable_extensions = ["attrs_inline", "colon_fence"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]
nitpicky = True

# A block with prompts copies as the commands after them, without what they print.
copybutton_prompt_text = r"\$ |>>> "
copybutton_prompt_is_regexp = True

html_theme = "furo"
html_title = f"{project} {release}"
html_static_path = ["_static"]
html_css_files = ["pages.css"]
html_theme_options: dict[str, object] = {}

# GitHub Actions says where the repository is; a build elsewhere links to nothing.
_server, _name = os.environ.get("GITHUB_SERVER_URL"), os.environ.get("GITHUB_REPOSITORY")
if _server and _name:
    _repository = f"{_server}/{_name}"
    _commit = os.environ.get("GITHUB_SHA", "HEAD")
    html_theme_options = {
        "source_view_link": f"{_repository}/blob/{_commit}/docs/{{filename}}",
        "footer_icons": [{"name": "Source code", "url": _repository, "html": "Source code"}],
    }
