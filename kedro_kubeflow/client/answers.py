"""Knows what servers say when they refuse, and what it means.

Sources: the API server of Kubeflow Pipelines 1.8.5 to 2.17 (``backend/src/apiserver``), and runs against a real one.
"""

from __future__ import annotations

import re

_FOR_GOOD = re.compile(
    r"already exist|unknown template format|Unrecognized input parameter|exceed maximum size"
    r"|v1 API is not available"
    # The uploads of 2.15 and later say no more of what they refuse.
    r"|Failed to create a pipeline(?: version| and a pipeline version)?(?=;|$)"
    # MySQL, but for its load, its locks and its network.
    r"|Error 1(?!040|158|159|160|161|205|213)\d\d\d\b"
)
"""What a server answers with 500, though it will never accept the request."""

_DATABASE = (
    "the character set of the server's database, often latin1, does not have this character. Values of parameters are "
    "sent in ASCII, but names, paths and annotations are not: write them in ASCII, or ask the administrator to convert "
    "the database to utf8mb4"
)
_BLOCKED = (
    "the administrator of this Kubeflow has blocked workflows of version 1 (BLOCK_V1_PIPELINES): ask for the namespace "
    "to be added to V1_ALLOWED_NAMESPACES"
)
_NO_V1_PIPELINES = (
    "this Kubeflow keeps its pipelines in Kubernetes (--pipelinesStoreKubernetes) and accepts none of version 1; "
    "`kedro kubeflow run-once` needs no uploaded pipeline"
)
_NO_SHARED_PIPELINES = (
    "the administrator of this Kubeflow accepts only pipelines of one namespace (REQUIRE_NAMESPACE_FOR_PIPELINES), and "
    "the plugin uploads shared ones; `kedro kubeflow run-once` needs no uploaded pipeline"
)
_NO_CAUSE = "the server does not say why. Argo may not accept the workflow; the deployment ml-pipeline logs the cause"
_MEANINGS = {
    r"Error 1(?:366|267)\b": _DATABASE,
    r"not allowed to run v1 pipelines|V1 pipeline specs are not allowed": _BLOCKED,
    r"v1 API is not available for the Kubernetes pipeline store": _NO_V1_PIPELINES,
    r"Namespace is required for pipeline operations": _NO_SHARED_PIPELINES,
    r"answered 500: Failed to create a pipeline(?: version| and a pipeline version)?$": _NO_CAUSE,
}


def is_for_good(text: str) -> bool:
    """Returns whether a message of the API refuses the request itself, even with a status of 500."""
    return bool(_FOR_GOOD.search(text))


def explained(text: str) -> str:
    """Adds to a message of the API what it means, where it does not say so itself."""
    meanings = [meaning for said, meaning in _MEANINGS.items() if re.search(said, text)]
    return "; ".join([text, *meanings])
