"""The exceptions that this plugin raises, as one tree, and phrases that their messages share.

::

    KedroKubeflowError            exit code 1
    ├── InputError                exit code 2: something the user wrote is wrong
    │   ├── ConfigError           kubeflow.yaml: missing, misspelt, of a wrong type
    │   ├── ProjectError          no Kedro project, unknown pipeline or environment
    │   ├── ParameterError        an invalid --param or workflow parameter
    │   └── PlanError             a pipeline that would not survive being cut into pods
    ├── WorkflowError             a workflow that breaks a limit of Kubeflow, Argo or Kubernetes
    ├── LocalRunError             a workflow that could not be run on this machine
    ├── StepError                 something that went wrong inside a pod, outside the user's nodes
    └── ServerError               the Kubeflow Pipelines server
        ├── ServerUnreachableError    no connection, no such name, timeouts that outlast the retries
        ├── AuthenticationError       no credentials, wrong credentials, an expired session
        └── ServerRefusedError        the server answered, and the answer is no

Only :mod:`kedro_kubeflow.cli` turns them into messages and exit codes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Optional


class KedroKubeflowError(Exception):
    """Root of the tree. Its text says what was found, where, what is allowed, what to do."""

    exit_code = 1


class InputError(KedroKubeflowError):
    """Something the user wrote is wrong, and the user can fix it."""

    exit_code = 2


class ConfigError(InputError):
    """``kubeflow.yaml`` is missing, or contains something that is not allowed.

    Args:
        message: all of it.
        parts: place and message of each mistake, where there may be several.
    """

    def __init__(self, message: str, parts: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(message)
        self.parts = parts

    @classmethod
    def at(cls, place: str, message: str) -> ConfigError:
        """Creates the error for a single mistake: the file, with the key where there is one, and what is wrong."""
        return cls(f"{place}: {message}", ((place, message),))


class ProjectError(InputError):
    """There is no Kedro project here, or it has no such pipeline or environment."""


class ParameterError(InputError):
    """A parameter is unknown, ambiguous, or of a type that its default does not have."""


class PlanError(InputError):
    """The pipeline cannot be split into pods as requested, for instance because data would be lost."""


class WorkflowError(KedroKubeflowError):
    """The compiled workflow breaks a limit of Kubeflow, Argo or Kubernetes."""


class LocalRunError(KedroKubeflowError):
    """The workflow cannot be run on this machine."""


class StepError(KedroKubeflowError):
    """A step cannot do its work, for a reason that is not in the user's nodes."""


class ServerError(KedroKubeflowError):
    """The Kubeflow Pipelines server could not do what was asked."""


class ServerUnreachableError(ServerError):
    """There was no answer: refused, unknown name, cut connection, or too slow for too long."""


class AuthenticationError(ServerError):
    """The server, or a proxy in front of it, did not accept the credentials."""


class ServerRefusedError(ServerError):
    """The server understood the request and refused it."""


def nearest(found: object, allowed: Iterable[str], cutoff: float = 0.6) -> Optional[str]:
    """Returns the allowed word that was probably meant, or None.

    Args:
        found: what was written.
        allowed: what may be written.
        cutoff: how similar they must be, from 0 (not at all) to 1 (the same).
    """
    import difflib  # only a wrong word needs it, and each step imports this module

    near = difflib.get_close_matches(str(found), list(allowed), n=1, cutoff=cutoff)
    return near[0] if near else None


def suggest(found: object, allowed: Iterable[str]) -> str:
    """Writes a hint for a wrong word: the allowed word that was probably meant, or all of them."""
    words = sorted(map(str, allowed))
    near = nearest(found, words)
    return f"did you mean {near!r}?" if near else f"available: {', '.join(words) or 'none'}"


def place(path: Iterable[Any]) -> str:
    """Writes the path to a value: ``run_config.tolerations.train[0].effect``."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(
        "."
    )
