"""Converts names of Kedro's to names that are valid in Argo, Kubeflow Pipelines and Kubernetes.

Kedro allows almost any name for a node, dataset or parameter. Argo requires ``[a-zA-Z0-9][-a-zA-Z0-9]*`` for
templates and tasks (no leading digit if ``dependencies`` are used) and ``[-_a-zA-Z0-9]+`` for parameters; Kubernetes
requires lowercase. A name is changed as little as its rule requires. Names that would become the same get a part of
their own hash, so that the result depends neither on the order nor on names that do not collide.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable

STEP_NAME_LENGTH = 63
"""Maximum length of a step's name. Argo allows 128 characters, but a Kubernetes label value only 63."""

PARAMETER_NAME_LENGTH = 63

GENERATE_NAME_LENGTH = 57
"""Maximum length of a workflow's name before its random suffix and the dash between them."""


def step_name(name: str) -> str:
    """Converts any string to a valid name for a template and task: lowercase, at most 63 characters."""
    return _shorten(_lower(name, fallback="step"), name, STEP_NAME_LENGTH)


def artifact_name(name: str) -> str:
    """Converts a dataset's name to a valid artifact name."""
    return _shorten(_lower(name, fallback="dataset"), name, STEP_NAME_LENGTH)


def parameter_name(name: str) -> str:
    """Converts a parameter's name to one that Argo accepts; a valid name is not changed."""
    legal = re.sub(r"[^-_0-9A-Za-z]+", "-", _ascii(name))
    if legal != name:
        legal = legal.strip("-")
    legal = legal or "parameter"
    return _shorten(legal, name, PARAMETER_NAME_LENGTH)


def workflow_name(project: str, pipeline: str) -> str:
    """Returns the prefix of the workflow's name, to which Kubernetes adds a dash and five characters.

    Args:
        project: the Kedro project's name.
        pipeline: the registered pipeline's name; ``__default__`` is omitted.
    """
    name = project if pipeline == "__default__" else f"{project}-{pipeline}"
    return _shorten(_lower(name, fallback="kedro"), name, GENERATE_NAME_LENGTH)


def legal_names(
    names: Iterable[str], rule: Callable[[str], str], reserved: Iterable[str] = ()
) -> dict[str, str]:
    """Converts names to valid ones, all of them different.

    Args:
        names: the names to convert.
        rule: one of the functions above.
        reserved: valid names that are in use already.

    Returns:
        Each name with its valid form, in the order given. If several names share a valid form, the one that was
        valid from the start keeps it, and the others get a part of their hash.
    """
    taken = set(reserved)
    wanted: dict[str, list[str]] = defaultdict(list)
    for name in dict.fromkeys(names):
        wanted[rule(name)].append(name)
    result = {}
    contested = []
    for legal, claimants in wanted.items():
        keeper = claimants[0] if len(claimants) == 1 else legal if legal in claimants else None
        if keeper is not None and legal not in taken:
            result[keeper] = legal
        contested += [(legal, name) for name in claimants if name not in result]
    taken.update(result.values())
    for legal, name in sorted(contested):
        result[name] = _free(legal, name, taken)
        taken.add(result[name])
    return {name: result[name] for claimants in wanted.values() for name in claimants}


def digest(name: str, length: int = 8) -> str:
    """Returns the first ``length`` hexadecimal digits of the name's SHA-256."""
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:length]


def _free(legal: str, name: str, taken: set[str]) -> str:
    for length in range(8, 65):
        candidate = f"{legal[: STEP_NAME_LENGTH - length - 1].rstrip('-')}-{digest(name, length)}"
        if candidate not in taken:
            return candidate
    raise AssertionError(f"no free name for {name!r}")  # needs two names with the same SHA-256


def _shorten(legal: str, name: str, length: int) -> str:
    if len(legal) <= length:
        return legal
    return f"{legal[: length - 9].rstrip('-_')}-{digest(name)}"


def _lower(name: str, fallback: str) -> str:
    legal = re.sub(r"[^0-9a-z]+", "-", _ascii(name).lower()).strip("-")
    if not legal:
        return fallback if not name else f"{fallback}-{digest(name)}"
    return f"{fallback}-{legal}" if legal[0].isdigit() else legal


def _ascii(name: str) -> str:
    """Removes accents from letters; characters that are not Latin stay, and the rule replaces them."""
    decomposed = unicodedata.normalize("NFKD", name)
    return "".join(char for char in decomposed if not unicodedata.combining(char))
