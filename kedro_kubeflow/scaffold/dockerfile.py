"""Reads from a ``Dockerfile`` what the image will be like.

Only the last stage is the image, together with the stages that it is made from. See
https://docs.docker.com/reference/dockerfile/
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Optional

_ESCAPE_DIRECTIVE = re.compile(r"^\s*#\s*escape\s*=\s*([\\`])\s*$", re.IGNORECASE)
_HEREDOC = re.compile(r"(?<!<)<<-?(['\"]?)([A-Za-z_]\w*)\1(?!<)")
_ASSIGNMENT = re.compile(r"""(\w+)=((?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s\\"'])*)""", re.DOTALL)
_PART = re.compile(
    r"""\\(?P<escaped>.)|'(?P<literal>[^']*)'|(?P<quote>")"""
    r"""|\$\{(?P<braced>\w+)(?::?(?P<operator>[-+])(?P<word>[^}]*))?\}|\$(?P<name>\w+)|(?P<unknown>\$\{)""",
    re.DOTALL,
)
_PYTHON_IMAGE = re.compile(r"(?:^|/)python:(\d+\.\d+)")
_Variables = Mapping[str, Optional[str]]


@dataclass(frozen=True)
class ImageFacts:
    """What is known of an image.

    Attributes:
        workdir: the absolute path of its working folder, or None where the Dockerfile sets none or only a build
            knows it.
        python: the version of its Python, such as 3.11, or None where it is not made from an image ``python:…``.
    """

    workdir: Optional[str] = None
    python: Optional[str] = None


class _UnknownVariableError(Exception):
    """A variable that has no value in the Dockerfile."""


@dataclass
class _Stage:
    base: Optional[str]
    env: dict[str, Optional[str]] = field(default_factory=dict)
    args: dict[str, Optional[str]] = field(default_factory=dict)
    sets_workdir: bool = False
    workdir: Optional[str] = "/"

    @property
    def variables(self) -> _Variables:
        return {**self.args, **self.env}

    def change_folder(self, given: str) -> None:
        folder = _expand(given, self.variables)
        self.sets_workdir = True
        if folder is None:
            self.workdir = None
        elif self.workdir is not None or folder.startswith("/"):
            self.workdir = str(PurePosixPath(self.workdir or "/", folder))


def read_dockerfile(text: str) -> ImageFacts:
    """Reads which folder and which Python the image of a Dockerfile has."""
    stages: dict[str, _Stage] = {}
    arguments: dict[str, Optional[str]] = {}
    stage: Optional[_Stage] = None
    for word, rest in _instructions(text):
        if word == "FROM":
            stage = _begin(rest, stages, arguments)
        elif word == "ARG":
            values = _arguments(rest, stage.variables if stage else arguments, arguments)
            (stage.args if stage else arguments).update(values)
        elif stage and word == "ENV":
            stage.env.update(_environment(rest, stage.variables))
        elif stage and word == "WORKDIR":
            stage.change_folder(rest)
    if stage is None:
        return ImageFacts()
    python = _PYTHON_IMAGE.search(stage.base or "")
    return ImageFacts(stage.workdir if stage.sets_workdir else None, python and python[1])


def _begin(rest: str, stages: dict[str, _Stage], arguments: _Variables) -> _Stage:
    words = [word for word in rest.split() if not word.startswith("--")]
    base = _expand(words[0], arguments) if words else None
    stage = _Stage(base)
    known = stages.get((base or "").lower())
    if known:
        stage = replace(known, env=dict(known.env), args={})
    if len(words) == 3 and words[1].upper() == "AS":
        stages[words[2].lower()] = stage
    return stage


def _arguments(rest: str, variables: _Variables, outside: _Variables) -> dict[str, Optional[str]]:
    values = _assignments(rest, variables)
    # Without a value, it is that of the argument before the first FROM, if there is one.
    for word in _ASSIGNMENT.sub("", rest).split():
        values[word] = outside.get(word)
    return values


def _environment(rest: str, variables: _Variables) -> dict[str, Optional[str]]:
    name, _, value = rest.partition(" ")
    if "=" not in name:
        return {name: _expand(value.strip(), variables)}
    return _assignments(rest, variables)


def _assignments(rest: str, variables: _Variables) -> dict[str, Optional[str]]:
    return {name: _expand(value, variables) for name, value in _ASSIGNMENT.findall(rest)}


def _expand(text: str, variables: _Variables) -> Optional[str]:
    """Fills variables and removes quotes; None where a value is not known."""

    def put_in(found: re.Match[str]) -> str:
        if found["escaped"] is not None:
            return found["escaped"]
        if found["literal"] is not None:
            return found["literal"]
        return "" if found["quote"] else _value(found, variables)

    try:
        return _PART.sub(put_in, text)
    except _UnknownVariableError:
        return None


def _value(found: re.Match[str], variables: _Variables) -> str:
    name = found["braced"] or found["name"]
    value = variables.get(name) if name else None
    if found["operator"] == "-" and not value:
        value = _expand(found["word"], variables)
    elif found["operator"] == "+":
        value = _expand(found["word"], variables) if value else ""
    if value is None:
        raise _UnknownVariableError(name)
    return value


def _instructions(text: str) -> Iterator[tuple[str, str]]:
    """Returns each instruction's first word in capitals and the rest, without comments and here-documents."""
    lines = iter(text.lstrip("\ufeff").splitlines())
    escape = "\\"
    at_the_top = True
    for line in lines:
        directive = _ESCAPE_DIRECTIVE.match(line) if at_the_top else None
        if directive:
            escape = directive[1]
        at_the_top = at_the_top and line.lstrip().startswith("#")
        if _is_nothing(line):
            continue
        whole = _joined(line, lines, escape)
        word, _, rest = whole.strip().partition(" ")
        if word.upper() in ("RUN", "COPY", "ADD"):
            _skip_heredocs(rest, lines)
        yield word.upper(), rest.strip()


def _joined(line: str, lines: Iterator[str], escape: str) -> str:
    whole = line.replace("\t", " ").rstrip()
    while whole.endswith(escape):
        following = next((text for text in lines if not _is_nothing(text)), "")
        whole = whole[:-1] + following.replace("\t", " ").rstrip()
    return whole


def _is_nothing(line: str) -> bool:
    stripped = line.strip()
    return not stripped or stripped.startswith("#")


def _skip_heredocs(rest: str, lines: Iterator[str]) -> None:
    for found in _HEREDOC.finditer(rest):
        for line in lines:
            if line.strip("\t" if found[0].startswith("<<-") else "") == found[2]:
                break
