"""Reads the log of a step's main container from Kubernetes.

If the pod is gone, or there is no access to the cluster, it reads the log that Argo has archived
from Kubeflow Pipelines instead, if the installation keeps one.
"""

from __future__ import annotations

import base64
import binascii
import logging
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Optional

from kedro_kubeflow.client.api import Api
from kedro_kubeflow.client.failures import Failure
from kedro_kubeflow.client.records import ARTIFACT
from kedro_kubeflow.client.snapshots import WAITING, RunSnapshot, StepSnapshot
from kedro_kubeflow.errors import InputError, ServerError, ServerUnreachableError, suggest

logger = logging.getLogger(__name__)

_SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount/token"
_NODE_NAME = "workflows.argoproj.io/node-name"
_WORKFLOW = "workflows.argoproj.io/workflow"
_SECONDS = (10, 60)


@dataclass(frozen=True)
class ClusterAccess:
    """The kubeconfig files that describe the access to a Kubernetes cluster, listed as in ``KUBECONFIG``."""

    kubeconfig: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> ClusterAccess:
        """Returns the access that kubectl would use."""
        home = environment.get("HOME") or environment.get("USERPROFILE") or os.path.expanduser("~")
        default = os.path.join(home, ".kube", "config")
        return cls(environment.get("KUBECONFIG") or default)


def step_of(run: RunSnapshot, name: str) -> StepSnapshot:
    """Finds a step by its name in the interface, or by its task's name.

    Raises:
        InputError: There is no such step, or it has not started.
    """
    for step in run.steps:
        if name in (step.name, step.task):
            if step.phase == WAITING:
                raise InputError(f"the step {name!r} of the run {run.run_id} has not started")
            return step
    hint = suggest(name, (step.name for step in run.steps)) if run.steps else "it has none yet"
    raise InputError(f"the run {run.run_id} has no step {name!r}; {hint}")


def read_log(
    api: Api, cluster: ClusterAccess, run: RunSnapshot, step: StepSnapshot, follow: bool
) -> Iterator[str]:
    """Yields a step's log line by line; with ``follow``, until the container ends.

    Raises:
        ServerError: Neither Kubernetes nor the archive has it; the message says why.
    """
    try:
        lines = _pod_lines(cluster, run, step, follow)
    except ServerError as err:
        problem = err
    else:
        yield from lines
        return
    archived = _archived(api, run, step)
    if archived is None:
        raise problem
    logger.info("%s; this is the log that Argo archived", problem)
    yield from archived.splitlines()


def _pod_lines(
    cluster: ClusterAccess, run: RunSnapshot, step: StepSnapshot, follow: bool
) -> Iterator[str]:
    import kubernetes.client
    import urllib3.exceptions

    where = f"the log of the step {step.name!r}"
    core = kubernetes.client.CoreV1Api(_kubernetes(cluster, where))
    try:
        pod = _pod_name(core, run, step, where)
        response = core.read_namespaced_pod_log(
            pod,
            run.namespace,
            container="main",
            follow=follow,
            _preload_content=False,
            # In a log that is followed, there may be hours between two lines.
            _request_timeout=(_SECONDS[0], None) if follow else _SECONDS,
        )
    except kubernetes.client.ApiException as err:
        problem = f"Kubernetes answered {err.status}: {_kubernetes_words(err)}"
    except (urllib3.exceptions.HTTPError, OSError) as err:
        raise ServerUnreachableError(
            f"cannot read {where}: cannot connect to Kubernetes: {err}"
        ) from err
    else:
        return _lines(response)
    raise ServerError(f"cannot read {where}: {problem}")


def _kubernetes(cluster: ClusterAccess, where: str) -> Any:
    """Returns a client of kubectl's cluster, or of the one in which this process runs.

    Raises:
        ServerError: There is neither.
    """
    import kubernetes.client
    import kubernetes.config

    configuration = kubernetes.client.Configuration()
    path = cluster.kubeconfig
    try:
        if any(map(os.path.isfile, path.split(os.pathsep))):
            kubernetes.config.load_kube_config(path, client_configuration=configuration)
        elif os.path.isfile(_SERVICE_ACCOUNT):
            kubernetes.config.load_incluster_config(client_configuration=configuration)
        else:
            raise ServerError(
                f"cannot read {where}: it comes from Kubernetes, and there is no access to a cluster "
                f"here: neither {path} nor a pod's service account token exists. Set KUBECONFIG"
            )
    except kubernetes.config.ConfigException as err:
        raise ServerError(f"cannot read {where}: {path} is not valid: {err}") from err
    # One attempt: the retries of urllib3 multiply its timeouts.
    configuration.retries = False
    return kubernetes.client.ApiClient(configuration)


def _pod_name(core: Any, run: RunSnapshot, step: StepSnapshot, where: str) -> str:
    """Finds the pod by its annotation, because Argo's releases name pods differently."""
    pods = core.list_namespaced_pod(
        run.namespace,
        label_selector=f"{_WORKFLOW}={run.workflow_name}",
        _request_timeout=_SECONDS,
    )
    for pod in pods.items:
        if (pod.metadata.annotations or {}).get(_NODE_NAME) == step.node_name:
            return str(pod.metadata.name)
    raise ServerError(
        f"cannot read {where}: its pod is gone from the namespace {run.namespace} (deleted by "
        "pod_gc or ttl, or with its cluster node); the step is "
        f"{step.phase}{f' ({step.message})' if step.message else ''}"
    )


def _lines(response: Any) -> Iterator[str]:
    rest = b""
    for chunk in response.stream(decode_content=True):
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield line.decode("utf-8", errors="replace")
    if rest:
        yield rest.decode("utf-8", errors="replace")


def _archived(api: Api, run: RunSnapshot, step: StepSnapshot) -> Optional[str]:
    try:
        answer = api.once(
            lambda: api.rest.get(
                ARTIFACT, "runs", run.run_id, "nodes", step.node_id, "artifacts", "main-logs:read"
            )
        )
        return base64.b64decode(answer.data or "").decode("utf-8", errors="replace")
    except (Failure, ServerError, binascii.Error):
        return None


def _kubernetes_words(err: Any) -> str:
    body = err.body.decode("utf-8", errors="replace") if isinstance(err.body, bytes) else err.body
    return " ".join(str(body or err.reason or "").split())[:400]
