"""How the run ended in, a report that a person can read out."""

from __future__ import annotations

import logging
from typing import Any

logger = logging.getLogger(__name__)


def report_run(status: str, failures: list | None) -> dict[str, Any]:
    """Says how the run ended and which steps failed why.

    This is the place for a message to a chat or a pager. Argo describes each failure with
    ``displayName``, ``message`` and more; nothing failed where the list is empty or missing.
    """
    failed_steps = [
        {
            "step": failure.get("displayName", "a step without a name"),
            "message": failure.get("message", "no message"),
        }
        for failure in failures or ()
    ]
    if failed_steps:
        reasons = "; ".join(f"{failed['step']}: {failed['message']}" for failed in failed_steps)
        logger.warning("The run ended as %s. %s", status, reasons)
    else:
        logger.info("The run's status: %s, no step failed", status)
    return {"status": status, "failed_steps": failed_steps}
