"""Returns the parameters of a run, from its workflow and the request."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Optional

from kfp_server.clock import go_layout
from kfp_server.errors import ApiError, internal, invalid
from kfp_server.manifest import parameters_of

LARGEST = 10_000
"""Limit of all parameters as JSON, in bytes."""


def check_size(parameters: Sequence[Mapping[str, Any]]) -> None:
    if len(json.dumps(list(parameters), separators=(",", ":")).encode()) > LARGEST:
        raise invalid(f"The input parameter length exceed maximum size of {LARGEST}.")


def check_defaults(workflow: Mapping[str, Any]) -> None:
    """Refuses defaults that are too large with a 500, like an upload."""
    listed = [{"name": k, "value": v or ""} for k, v in parameters_of(workflow).items()]
    try:
        check_size(listed)
    except ApiError as err:
        raise internal(err.message) from None


def merged(
    workflow: Mapping[str, Any], given: Sequence[Mapping[str, str]], unknown_status: int
) -> list[dict[str, str]]:
    """Returns all parameters of the workflow; the given values override the defaults."""
    check_size(given)
    defaults = parameters_of(workflow)
    for parameter in given:
        if parameter.get("name") not in defaults:
            grpc_code = 3 if unknown_status == 400 else 13
            raise ApiError(
                unknown_status,
                grpc_code,
                f"Unrecognized input parameter: {parameter.get('name')}",
            )
    values = {**defaults, **{p["name"]: p.get("value", "") for p in given}}
    return [{"name": name, "value": value or ""} for name, value in values.items()]


def expand(
    text: str,
    run_id: str,
    moment: dt.datetime,
    index: Optional[int] = None,
    scheduled: Optional[dt.datetime] = None,
) -> str:
    """Expands ``[[RunUUID]]`` and ``[[CurrentTime…]]``, and in recurring runs their own macros."""

    def replaced(found: re.Match[str]) -> str:
        name, _, layout = found[1].partition(".")
        layout = layout or "20060102150405"
        if name == "RunUUID":
            return run_id
        if name == "CurrentTime":
            return go_layout(moment, layout)
        if name == "ScheduledTime" and scheduled is not None:
            return go_layout(scheduled, layout)
        if name == "Index" and index is not None:
            return str(index)
        return found[0]

    return re.sub(r"\[\[([^\[\]]*)\]\]", replaced, text).replace("{{workflow.uid}}", run_id)
