"""Names of the user's world in, names that Argo, Kubeflow Pipelines and Kubernetes take out.

Kedro lets a node, dataset or parameter be called almost anything. Argo wants ``[a-zA-Z0-9][-a-zA-Z0-9]*`` for
templates and tasks (no leading digit beside ``dependencies``) and ``[-_a-zA-Z0-9]+`` for parameters, Kubernetes
wants lower case. A name is changed as little as its rule asks; names that would become one are kept apart by a
part of their own hash, so that neither order nor neighbours that do not collide have a say.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable

STEP_NAME_LENGTH = 63
"""Characters in a step's name. Argo takes 128, but a Kubernetes label value takes 63."""

PARAMETER_NAME_LENGTH = 63

GENERATE_NAME_LENGTH = 57
"""Characters before the random suffix of a workflow's name, its closing dash not counted."""


def step_name(name: str) -> str:
    """Turns any text into a legal name of a template and task, in lower case and of 63 characters at most."""
    return _shorten(_lower(name, fallback="step"), name, STEP_NAME_LENGTH)


def artifact_name(name: str) -> str:
    """Turns a dataset's name into a legal name of an artifact."""
    return _shorten(_lower(name, fallback="dataset"), name, STEP_NAME_LENGTH)


def parameter_name(name: str) -> str:
    """Turns a parameter's name into one that Argo takes; a legal one stays as it is."""
    legal = re.sub(r"[^-_0-9A-Za-z]+", "-", _ascii(name))
    if legal != name:
        legal = legal.strip("-")
    legal = legal or "parameter"
    return _shorten(legal, name, PARAMETER_NAME_LENGTH)


def workflow_name(project: str, pipeline: str) -> str:
    """Gives the start of the workflow's name, which Kubernetes completes with a dash and five characters.

    Args:
        project: the Kedro project's name.
        pipeline: the registered pipeline's name; ``__default__`` is left out.
    """
    name = project if pipeline == "__default__" else f"{project}-{pipeline}"
    return _shorten(_lower(name, fallback="kedro"), name, GENERATE_NAME_LENGTH)


def legal_names(
    names: Iterable[str], rule: Callable[[str], str], reserved: Iterable[str] = ()
) -> dict[str, str]:
    """Gives each name its legal form, all of them different.

    Args:
        names: what the user calls things.
        rule: one of the functions above.
        reserved: legal names that are taken already.

    Returns:
        The legal name of each name, in the order given. Where several names share a legal form, the one that
        was legal from the beginning keeps it and the others get a part of their hash.
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
    """Gives the first ``length`` hexadecimal digits of the name's SHA-256."""
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:length]


def _free(legal: str, name: str, taken: set[str]) -> str:
    for length in range(8, 65):
        candidate = f"{legal[: STEP_NAME_LENGTH - length - 1].rstrip('-')}-{digest(name, length)}"
        if candidate not in taken:
            return candidate
    raise AssertionError(f"no free name for {name!r}")  # two different names with one SHA-256


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
    """Takes the accents off letters that have them; what is not Latin stays and is dealt with by the rule."""
    decomposed = unicodedata.normalize("NFKD", name)
    return "".join(char for char in decomposed if not unicodedata.combining(char))
