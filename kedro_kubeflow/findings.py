"""Findings: what planning and compiling report instead of raising it.

Functions that may find more than one thing take a ``report`` function. For a command that needs the workflow it is
:func:`stop_at_errors`; for one that wants to see everything it is a list's ``append``, and they go on as well as
they can.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from kedro_kubeflow.errors import KedroKubeflowError

ERROR, WARNING, INFO = LEVELS = ("error", "warning", "info")
NAMED_STEPS = 3
"""Steps that a finding names before it only counts them."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Finding:
    """Something that the user should know of before the workflow is submitted.

    Attributes:
        level: one of ``LEVELS``; an error keeps the workflow from being compiled.
        code: the kind of finding, for scripts.
        where: the key in ``kubeflow.yaml``, the node, the variable or the file.
        message: what was found, and what to do.
        steps: names of the steps that it is about, where the key alone does not say.
        raises: what an error is for a command that stops at it.
    """

    level: str
    code: str
    where: str
    message: str
    steps: tuple[str, ...] = ()
    raises: type[KedroKubeflowError] = KedroKubeflowError

    @property
    def place(self) -> str:
        """Where it was found, steps included."""
        return ": ".join(part for part in (self.where, name_steps(self.steps)) if part)

    def of_file(self, file: str) -> Finding:
        """Names the file too, where the place is a key of ``kubeflow.yaml``."""
        if not self.where.startswith("run_config."):
            return self
        return replace(self, where=f"{file}: {self.where}")

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


ReportFinding = Callable[[Finding], object]


def stop_at_errors(finding: Finding) -> None:
    """Raises an error, and logs a warning.

    Raises:
        KedroKubeflowError: of the finding's own type.
    """
    if finding.level == ERROR:
        raise finding.raises(str(finding))
    if finding.level == WARNING:
        log.warning("%s", finding)


def name_steps(names: Sequence[str]) -> str:
    """Names steps in a sentence, a few of them where there are many."""
    if not names:
        return ""
    if len(names) == 1:
        return f"step {names[0]!r}"
    shown = ", ".join(map(repr, names[:NAMED_STEPS]))
    more = f" and {len(names) - NAMED_STEPS} more" if len(names) > NAMED_STEPS else ""
    return f"steps {shown}{more}"
