"""Fills the file templates of this package.

A placeholder is a name in angle brackets, ``<image>``: the templates have to be YAML as they are, and what they
are full of, ``${{ … }}`` of GitHub and ``${…}`` of a shell or of kubeflow.yaml, has to stay as it is.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Optional

import yaml

_FOLDER = Path(__file__).parent / "templates"
_PLACEHOLDER = re.compile(r"<([a-z_]+)>")


def fill_template(name: str, values: Mapping[str, Optional[str]]) -> str:
    """Fills a template.

    Args:
        name: its path below the package's ``templates``.
        values: what to put in; None drops the line of the placeholder. A text of several lines takes the place of
            the line that holds nothing but its placeholder.
    """
    lines = (_FOLDER / name).read_text(encoding="utf-8").splitlines()
    filled = (_filled(line, values) for line in lines)
    return "".join(f"{line}\n" for line in filled if line is not None)


def _filled(line: str, values: Mapping[str, Optional[str]]) -> Optional[str]:
    found = [values[name] for name in _PLACEHOLDER.findall(line)]
    if None in found:
        return None
    if len(found) == 1 and _PLACEHOLDER.fullmatch(line.strip()):
        return str(found[0]).rstrip("\n")
    return _PLACEHOLDER.sub(lambda match: str(values[match[1]]), line)


def yaml_text(text: str) -> str:
    """Writes a string as a YAML scalar on one line, quoted where necessary."""
    style = None if text.isprintable() else '"'
    dumped: str = yaml.safe_dump([text], default_style=style, allow_unicode=True, width=2**20)
    return dumped[2:].rstrip("\n")


def github_text(text: str) -> str:
    """Writes a string as a YAML scalar in which GitHub finds no expression."""
    return yaml_text(_literal(text))


def github_word(text: str) -> str:
    """Writes a string as one word of a shell script in which GitHub finds no expression."""
    return _literal(shlex.quote(text))


def _literal(text: str) -> str:
    return text.replace("${{", "${{ '${{' }}")
