"""A compiled workflow and settings in, effects on a Kubeflow Pipelines server out; never a project.

:class:`KubeflowClient` is all of it. Underneath, kfp is used for what it does well: its generated
classes (``kfp_server_api``) know the API's paths, parameters and models. ``kfp.Client`` around them
is not used, because it cannot be told to leave the rest alone: it reads ``~/.config/kfp/context.json``
and the ``KF_PIPELINES_*`` variables over what it was given, asks for health five times with pauses
and prints tracebacks, takes any namespace but ``kubeflow`` for a user's, changes parameters' names,
has no time limits, and takes a login page for an empty answer. The HTTP layer of the generated
classes is replaced too (:mod:`~kedro_kubeflow.client.rest`).

From the outside in:

- :mod:`~kedro_kubeflow.client.kubeflow_client`: the operations;
- ``pipelines``, ``runs``, ``pipeline_runs``, ``jobs``, ``experiments``, ``waiting``,
  ``pipeline_waiting``, ``logs``: what each of them does;
- ``api``: which calls may be repeated when;
- ``connection``: the login, and whether an answer is the API's;
- ``exchange``: one HTTP request with time limits.
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
