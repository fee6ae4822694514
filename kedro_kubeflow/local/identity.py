"""Chooses name, id and times of one run of a workflow: the values of ``workflow.*`` tags."""

from __future__ import annotations

import datetime
import json
import random
import string
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Optional

from kedro_kubeflow.errors import LocalRunError
from kedro_kubeflow.local.substitution import Lookup, substitute_text
from kedro_kubeflow.local.workflow_fields import as_text, mapping_at
from kedro_kubeflow.local.workflow_model import Workflow

_SUFFIX_CHARACTERS = string.ascii_lowercase + string.digits

# The letters that Argo offers behind "workflow.creationTimestamp.".
_TIME_LETTERS = "aAbBdHIjmMpSyYZz"


@dataclass(frozen=True)
class Identity:
    """Who a run is.

    Attributes:
        name: the workflow's name.
        uid: a UUID as text.
        created: in UTC, whole seconds, as Kubernetes keeps times.
    """

    name: str
    uid: str
    created: datetime.datetime


def new_identity(workflow: Workflow) -> Identity:
    """Name a run as Kubernetes would: a ``generateName`` gets five more characters.

    Raises:
        LocalRunError: the workflow has neither ``name`` nor ``generateName``.
    """
    name = workflow.metadata.get("name")
    if not name:
        prefix = workflow.metadata.get("generateName")
        if not isinstance(prefix, str) or not prefix:
            raise LocalRunError("metadata: name and generateName are both missing")
        # SystemRandom, so that a seeded random module does not give two runs one name.
        name = prefix + "".join(random.SystemRandom().choices(_SUFFIX_CHARACTERS, k=5))
    now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    return Identity(name=str(name), uid=str(uuid.uuid4()), created=now)


def rfc3339(moment: datetime.datetime) -> str:
    """A moment in UTC to the second, as Kubernetes writes it."""
    return moment.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def workflow_lookup(workflow: Workflow, identity: Identity) -> Lookup:
    """The values of tags that are the same for all steps of a run.

    Argo fills in such tags in the values of parameters as well. Only here is a value looked at
    again, and only for tags that are known before any parameter is.
    """
    values = _own_values(workflow, identity)
    parameters = {
        name: substitute_text(text, values.get) for name, text in workflow.parameters.items()
    }
    if parameters:
        # Argo refuses the tag in a workflow without parameters; here it then names nothing.
        pairs = [{"name": name, "value": text} for name, text in parameters.items()]
        listed = json.dumps(pairs, ensure_ascii=False, separators=(",", ":"))
        values["workflow.parameters"] = values["workflow.parameters.json"] = listed
    # After the list, whose other name is a legal one for a parameter too.
    values.update({f"workflow.parameters.{name}": text for name, text in parameters.items()})
    return values.get


def with_values(lookup: Lookup, values: Mapping[str, str]) -> Lookup:
    """A lookup that knows some names more."""

    def find(name: str) -> Optional[str]:
        found = values.get(name)
        return lookup(name) if found is None else found

    return find


def _own_values(workflow: Workflow, identity: Identity) -> dict[str, str]:
    created = identity.created
    values = {
        "workflow.name": identity.name,
        "workflow.uid": identity.uid,
        "workflow.mainEntrypoint": workflow.entrypoint,
        "workflow.namespace": str(workflow.metadata.get("namespace") or "kubeflow"),
        "workflow.serviceAccountName": str(workflow.spec.get("serviceAccountName") or "default"),
        "workflow.creationTimestamp": rfc3339(created),
        "workflow.creationTimestamp.RFC3339": rfc3339(created),
        "workflow.creationTimestamp.s": str(int(created.timestamp())),
    }
    for letter in _TIME_LETTERS:
        values[f"workflow.creationTimestamp.{letter}"] = created.strftime(f"%{letter}")
    for kind in ("labels", "annotations"):
        for name, text in mapping_at(workflow.metadata, kind, "metadata").items():
            values[f"workflow.{kind}.{name}"] = as_text(text)
    return values
