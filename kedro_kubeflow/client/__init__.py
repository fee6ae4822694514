"""Drives a Kubeflow Pipelines server: uploads, runs, schedules, waits, logs. Knows nothing of Kedro projects.

:class:`KubeflowClient` is the whole interface. It needs no kfp, since steps wait for other pipelines, too, and an
image has no kfp. ``kfp.Client`` has side effects that cannot be turned off besides: ``~/.config/kfp/context.json``
and the ``KF_PIPELINES_*`` variables override its arguments, it checks the health endpoint five times with pauses
and prints tracebacks, treats every namespace but ``kubeflow`` as a user's, renames parameters, has no time limits,
and reads a login page as an empty response. The dozen endpoints that are used are in
:mod:`~kedro_kubeflow.client.rest` and :mod:`~kedro_kubeflow.client.records`.

From the outside in:

- :mod:`~kedro_kubeflow.client.kubeflow_client`: the operations;
- ``pipelines``, ``runs``, ``pipeline_runs``, ``jobs``, ``experiments``, ``waiting``,
  ``pipeline_waiting``, ``logs``: what each of them does;
- ``api``: which calls may be repeated, and when;
- ``connection``: the login, and whether a response comes from the API;
- ``http_exchange``: one HTTP request with time limits.
"""

from kedro_kubeflow.client.api import ServerInfo
from kedro_kubeflow.client.jobs import RecurringRun, Schedule
from kedro_kubeflow.client.kubeflow_client import KubeflowClient
from kedro_kubeflow.client.links import Links, base_url
from kedro_kubeflow.client.pipeline_waiting import PipelineWait
from kedro_kubeflow.client.pipelines import PipelineSummary, UploadedPipeline
from kedro_kubeflow.client.policy import RequestPolicy
from kedro_kubeflow.client.runs import SubmittedRun
from kedro_kubeflow.client.snapshots import WAITING, PipelineSnapshot, RunSnapshot, StepSnapshot

__all__ = [
    "WAITING",
    "KubeflowClient",
    "Links",
    "PipelineSnapshot",
    "PipelineSummary",
    "PipelineWait",
    "RecurringRun",
    "RequestPolicy",
    "RunSnapshot",
    "Schedule",
    "ServerInfo",
    "StepSnapshot",
    "SubmittedRun",
    "UploadedPipeline",
    "base_url",
]
