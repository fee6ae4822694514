"""The operations of a Kubeflow Pipelines server. See the package's docstring."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Optional

from kedro_kubeflow.auth import Login, choose_login, trusted_authorities
from kedro_kubeflow.client.api import Api, ServerInfo
from kedro_kubeflow.client.connection import Connection
from kedro_kubeflow.client.experiments import Experiments
from kedro_kubeflow.client.http_exchange import HttpExchange
from kedro_kubeflow.client.jobs import Jobs, RecurringRun, Schedule
from kedro_kubeflow.client.links import Links, base_url, run_id_of
from kedro_kubeflow.client.logs import ClusterAccess, read_log, step_of
from kedro_kubeflow.client.pipeline_runs import PipelineRuns
from kedro_kubeflow.client.pipeline_waiting import PipelinePoller, PipelineWait
from kedro_kubeflow.client.pipelines import Pipelines, PipelineSummary, UploadedPipeline
from kedro_kubeflow.client.policy import RequestPolicy
from kedro_kubeflow.client.runs import Runs, SubmittedRun
from kedro_kubeflow.client.snapshots import PipelineSnapshot, RunSnapshot
from kedro_kubeflow.client.waiting import read_run, watch_run

DAY = 24 * 60 * 60.0

POD_NAMESPACE = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")
"""The file in which a pod finds its own namespace."""


class KubeflowClient:
    """A Kubeflow Pipelines server, called with timeouts, retries and credentials.

    Nothing is sent to the server before the first operation. Each operation either succeeds or
    raises a :class:`~kedro_kubeflow.errors.ServerError` with one message; wrong input is an
    :class:`~kedro_kubeflow.errors.InputError`.

    Args:
        host: The server's base URL, as in ``kubeflow.yaml``.
        environment: Environment variables: credentials, certificate authorities, proxies,
            ``KUBECONFIG``.
        namespace: Namespace of experiments on a multi-user server (default in a pod: its own).
        policy: Timeouts and pauses.
        login: How to log in (default: chosen from the environment).
        interface: URL used in links (default: the host).

    Raises:
        ConfigError: The host is not a valid URL.
        AuthenticationError: The environment contains half of a login, or an invalid CA file.
    """

    def __init__(
        self,
        host: str,
        environment: Mapping[str, str],
        *,
        namespace: Optional[str] = None,
        policy: Optional[RequestPolicy] = None,
        login: Optional[Login] = None,
        interface: Optional[str] = None,
    ) -> None:
        policy = policy or RequestPolicy()
        host = base_url(host)
        self.links = Links(base_url(interface) if interface else host)
        # Not the whole environment: a traceback with attributes would show its secrets.
        self._cluster = ClusterAccess.from_environment(environment)
        login = login or choose_login(environment, host)
        authorities = trusted_authorities(environment)
        exchange = HttpExchange(host, login, authorities, environment, policy)
        self._api = Api(Connection(host, login, exchange), policy)
        self._experiments = Experiments(self._api, namespace, _pod_namespace)
        self._pipelines = Pipelines(self._api, self.links)
        self._runs = Runs(self._api, self.links, self._experiments)
        self._jobs = Jobs(self._api, self.links, self._experiments, self._pipelines)

    def check_connection(self) -> ServerInfo:
        """Checks that the server can be reached, accepts the login and is Kubeflow Pipelines.

        Every other operation begins with this check; it is made once.

        Raises:
            ServerUnreachableError: There is no response.
            AuthenticationError: The server requires other credentials.
            ServerRefusedError: It is not a Kubeflow Pipelines API.
        """
        return self._api.server

    def upload_pipeline(
        self,
        workflow: Mapping[str, Any],
        name: str,
        *,
        version_name: Optional[str] = None,
        description: str = "",
        force: bool = False,
    ) -> UploadedPipeline:
        """Uploads a workflow as a new pipeline, or as a new version if the pipeline exists.

        Nothing is uploaded if the latest version on the server is the same workflow.

        Args:
            workflow: The compiled workflow.
            name: The pipeline's name, at most 100 bytes; the server ignores case.
            version_name: The version's name (default: the time and a few random letters). The
                first version of a pipeline has the pipeline's name.
            description: Of the pipeline or version.
            force: Upload even if nothing has changed.

        Raises:
            InputError: A name or the parameters are too large.
            ServerError: The upload failed.
        """
        return self._pipelines.upload(workflow, name, version_name, description, force)

    def list_pipelines(self) -> tuple[PipelineSummary, ...]:
        """Returns all pipelines of the server, sorted by name."""
        self.check_connection()
        return self._pipelines.all()

    def run_once(
        self,
        workflow: Mapping[str, Any],
        *,
        experiment_name: str,
        run_name: str,
        parameters: Optional[Mapping[str, str]] = None,
        description: str = "",
        service_account: Optional[str] = None,
    ) -> SubmittedRun:
        """Starts a run of a workflow, and creates its experiment if it does not exist.

        Args:
            workflow: The compiled workflow.
            experiment_name: The experiment of the run.
            run_name: Name of the run; need not be unique.
            parameters: Values by name, as strings; they override the workflow's defaults.
            description: Shown in the interface.
            service_account: Kubernetes service account of the pods.

        Raises:
            ParameterError: A parameter is unknown, or all together are too large.
            InputError: The server is multi-user, and no namespace is set.
            ServerError: The run was not started, or it is unknown whether it was.
        """
        return self._runs.submit(
            workflow, experiment_name, run_name, parameters, description, service_account
        )

    def wait(self, run_id: str, timeout: float = DAY) -> Iterator[RunSnapshot]:
        """Waits for a run, and yields its state whenever it changes.

        It continues through restarts of the server and expired sessions. The last snapshot is
        ``finished``, or ``timed_out`` if the time was over first; only ``succeeded`` is a success.
        ``remark`` contains warnings.

        Args:
            run_id: Id of the run, or a link to it.
            timeout: Seconds.

        Raises:
            ServerError: There is no such run, or the server has not answered for a long time.
        """
        self.check_connection()
        return watch_run(self._api, self.links, run_id_of(run_id), timeout)

    def wait_for_pipeline(self, wait: PipelineWait) -> Iterator[PipelineSnapshot]:
        """Waits for a run of an uploaded pipeline, and yields its state whenever it changes.

        Once the server has answered, errors are retried until the timeout.

        Args:
            wait: Which run, and how long.

        Raises:
            StepError: There is no such pipeline or step, or the pipeline would wait for itself.
            InputError: The server is multi-user, and no namespace is set.
            ServerError: The server refuses, or has not answered for a long time.
        """
        runs = PipelineRuns(self._api, self._experiments, self._pipelines)
        return PipelinePoller(self._api, self.links, self._pipelines, runs, wait).snapshots()

    def schedule(self, schedule: Schedule) -> RecurringRun:
        """Creates a recurring run of the latest version of a pipeline.

        Older ones of the same name in the same experiment are deleted afterwards.

        Raises:
            InputError: The cron expression is invalid, there is no such pipeline, or the server is
                multi-user and no namespace is set.
            ParameterError: A parameter is unknown, or all together are too large.
            ServerError: It was not created, it is unknown whether it was, or an older one still exists.
        """
        return self._jobs.schedule(schedule)

    def status(self, run_id: str) -> RunSnapshot:
        """Returns the current state of a run, given by its id or a link to it."""
        self.check_connection()
        return read_run(self._api, self.links, run_id_of(run_id))

    def retry(self, run_id: str) -> RunSnapshot:
        """Runs the failed steps of a run again, and returns its new state.

        Raises:
            InputError: The volume with the data of the steps that succeeded was deleted.
            ServerRefusedError: The run has not failed.
        """
        return self._runs.retry(run_id_of(run_id))

    def terminate(self, run_id: str) -> RunSnapshot:
        """Terminates a run, and returns its new state; it takes a while to stop.

        Raises:
            ServerRefusedError: The run has ended already.
        """
        return self._runs.terminate(run_id_of(run_id))

    def logs(self, run_id: str, step: str, *, follow: bool = False) -> Iterator[str]:
        """Yields the log of one step line by line, read from Kubernetes.

        Args:
            run_id: The run.
            step: The step's name in the interface, or its task's name.
            follow: Continue until the container ends.

        Raises:
            InputError: There is no such step, or it has not started.
            ServerError: The log is not available.
        """
        run = self.status(run_id)
        return read_log(self._api, self._cluster, run, step_of(run, step), follow)


def _pod_namespace() -> str:
    try:
        return POD_NAMESPACE.read_text(encoding="utf-8").strip()
    except OSError:
        return ""
