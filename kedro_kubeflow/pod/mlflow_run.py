"""A workflow's MLflow run: started by its first step, kept open by the others, ended by its last.

kedro-mlflow follows one ``kedro run`` as one MLflow run, and here each step is one. The run carries the id of the
Kubeflow run as a tag, by which a step that is tried again, and the one at the end, find it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Optional

from kedro.framework.hooks import hook_impl

from kedro_kubeflow.errors import StepError
from kedro_kubeflow.pod.step_session import new_session
from kedro_kubeflow.project import KedroProject, lies_in_data_folder, open_project, tracking_folder
from kedro_kubeflow.variables import RUN_ID, VOLUME

TAG = "kubeflow_run_id"
_END_STATUS = {"Succeeded": "FINISHED"}

log = logging.getLogger(__name__)


def start_mlflow_run(start: Path, env: str, pipeline: str, environ: Mapping[str, str]) -> str:
    """Starts the MLflow run of a workflow, in the experiment and by the name that ``mlflow.yml`` says.

    Args:
        start: the project's folder.
        env: Kedro's configuration environment.
        pipeline: registered name, which names the run where ``mlflow.yml`` does not.
        environ: the pod's environment.

    Returns:
        The run's id; that of an earlier attempt of this step, if there was one.

    Raises:
        StepError: kedro-mlflow is not active in this image, or MLflow's server cannot be used.
    """
    project = open_project(start, env)
    with new_session(project) as session, _told("no MLflow run could be started"):
        try:
            config = _mlflow_config(session)
        except StepError:
            raise
        except Exception:
            # Recent MLflow refuses a folder, too, but does not know that this is a pod.
            _check_that_others_find_it(project, environ)
            raise
        _check_that_others_find_it(project, environ)
        from mlflow import MlflowClient
        from mlflow.tracking.context.registry import resolve_tags

        client, kubeflow_run = MlflowClient(), environ.get(RUN_ID, "")
        known = config.tracking.run.id or _find(client, config, kubeflow_run)
        if known:
            client.set_tag(known, TAG, kubeflow_run)
            return str(known)
        name = config.tracking.run.name or pipeline
        tags = resolve_tags({TAG: kubeflow_run, "mlflow.runName": name})
        return str(client.create_run(_experiment_id(client, config), tags=tags).info.run_id)


def _check_that_others_find_it(project: KedroProject, environ: Mapping[str, str]) -> None:
    import mlflow

    uri = mlflow.get_tracking_uri()
    path = tracking_folder(uri, project.path)
    if path is not None and not (environ.get(VOLUME) and lies_in_data_folder(path)):
        raise StepError(
            f"no MLflow run could be started: MLflow's server is {uri} here, a folder local to this pod. Either the "
            "image has no mlflow.yml that names a server (what is in conf/local is often kept out of images: put it "
            "into conf/base), or MLFLOW_TRACKING_URI is to come from a secret or config map and does not"
        )


def write_run_id(run_id: str, path: Path) -> None:
    """Writes the run's id to where Argo reads it.

    Raises:
        StepError: the file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(run_id, encoding="utf-8")
    except OSError as err:
        raise StepError(
            f"{path}: the id of the MLflow run cannot be written: {err.strerror}. Who the step runs as must be able "
            "to write to the project's folder: see run_config.volume.owner and run_config.security_context"
        ) from err


def end_mlflow_run(start: Path, env: str, status: str, environ: Mapping[str, str]) -> str:
    """Returns the MLflow run of a workflow the status that the workflow ended with.

    Args:
        start: the project's folder.
        env: Kedro's configuration environment.
        status: ``{{workflow.status}}``: Succeeded, Failed or Error.
        environ: the pod's environment.

    Returns:
        What was done, in a sentence.

    Raises:
        StepError: MLflow's server cannot be used.
    """
    with new_session(open_project(start, env)) as session, _told("the MLflow run was not ended"):
        config = _mlflow_config(session)
        from mlflow import MlflowClient

        client = MlflowClient()
        run_id = config.tracking.run.id or _find(client, config, environ.get(RUN_ID, ""))
        if not run_id:
            return "The workflow ended before it had an MLflow run"
        ended = _END_STATUS.get(status, "FAILED")
        client.set_terminated(run_id, status=ended)
        return f"MLflow run {run_id}: {ended}"


@contextmanager
def _told(what: str) -> Iterator[None]:
    """Turns what MLflow raises into a sentence: loading the context speaks to the server already."""
    try:
        yield
    except Exception as err:
        if (
            type(err).__module__ != "mlflow.exceptions"
        ):  # importing it here would cost a second, to catch nothing
            raise
        raise StepError(
            f"{what}: {err}. See server.mlflow_tracking_uri in the project's mlflow.yml; if a proxy is in front of "
            "the server, a hook of kedro_kubeflow.hooks can pass it"
        ) from err


def keep_mlflow_run_open(run_id: str) -> None:
    """Takes back the end that kedro-mlflow gives the run after each step; only the last step knows how it ends."""
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException

    try:
        MlflowClient().update_run(run_id, status="RUNNING")
    except MlflowException as err:
        log.warning("MLflow will show the run as finished while its workflow still runs: %s", err)


class NotTracked:
    """Keeps kedro-mlflow from following a pipeline: the one at the end is about the run, and no part of it.

    Args:
        pipeline: registered name.
    """

    def __init__(self, pipeline: str) -> None:
        self._pipeline = pipeline

    @hook_impl(trylast=True)
    def after_context_created(self, context: Any) -> None:
        """Adds the pipeline to those that ``mlflow.yml`` excepts."""
        config = getattr(context, "mlflow", None)
        if config is not None:
            config.tracking.disable_tracking.pipelines.append(self._pipeline)


def _mlflow_config(session: Any) -> Any:
    """Loads the context, at which kedro-mlflow sets MLflow up, and gives the content of ``mlflow.yml``."""
    config = getattr(session.load_context(), "mlflow", None)
    if config is None:
        raise StepError(
            "kedro-mlflow is not active in this image: it is not installed, or its hook is disabled. Add it to the "
            "requirements and build the image again, or set run_config.mlflow.enabled: false"
        )
    return config


def _find(client: Any, config: Any, kubeflow_run: str) -> Optional[str]:
    found = client.search_runs(
        [_experiment_id(client, config)], f"tags.{TAG} = '{kubeflow_run}'", max_results=1
    )
    return str(found[0].info.run_id) if found else None


def _experiment_id(client: Any, config: Any) -> str:
    return str(client.get_experiment_by_name(config.tracking.experiment.name).experiment_id)
