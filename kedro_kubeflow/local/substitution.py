"""Fills ``{{tags}}`` in the strings of a template.

Two substitutions happen to a pod's arguments on their way, and both are done here: Argo fills in
``{{tags}}``, and then the kubelet expands ``$(NAME)`` references to the container's environment.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Callable, Optional

Lookup = Callable[[str], Optional[str]]
"""From a tag's name, without braces and outer blanks, to its value; None for an unknown name."""

# Argo takes the text from the last "{{" before the first "}}" after it, blanks around it allowed.
_TAG = re.compile(r"\{\{((?:(?!\{\{|\}\}).)*)\}\}", re.DOTALL)

_REFERENCE = re.compile(r"\$(?:\$|\(([^)]*)\))")


def substitute(value: Any, lookup: Lookup) -> Any:
    """Fill in the tags of every string inside a value, in one pass.

    What a tag gives is never looked at again, so a value that reads like a tag stays what it is.
    A tag with an unknown name stays as it is.

    Args:
        value: a string, or mappings and lists of strings as YAML gives them; other values pass.
        lookup: gives the value for a name, or None.

    Returns:
        A value of the same shape; keys of mappings are left alone.
    """
    if isinstance(value, str):
        return substitute_text(value, lookup)
    if isinstance(value, Mapping):
        return {key: substitute(item, lookup) for key, item in value.items()}
    if isinstance(value, list):
        return [substitute(item, lookup) for item in value]
    return value


def substitute_text(text: str, lookup: Lookup) -> str:
    """Fill in the tags of one string; see :func:`substitute`."""
    if "{{" not in text:
        return text

    def fill(match: re.Match[str]) -> str:
        found = lookup(match.group(1).strip())
        return match.group(0) if found is None else found

    return _TAG.sub(fill, text)


def expand_references(text: str, environment: Mapping[str, str]) -> str:
    """Expand ``$(NAME)`` as the kubelet does in a container's command, arguments and environment.

    A name that the container's own environment does not have stays as it is, and ``$$`` becomes
    ``$`` wherever it is. A workflow whose arguments suffer from that suffers from it in a cluster
    as well, which is why it is done here too:
    https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/

    Args:
        text: one argument, or one value of an environment variable.
        environment: the container's variables, of an environment variable those before it.
    """

    def fill(match: re.Match[str]) -> str:
        name = match.group(1)
        if name is None:
            return "$"
        return environment.get(name, match.group(0))

    return _REFERENCE.sub(fill, text)
