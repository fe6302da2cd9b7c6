"""Writes finished jobs to MLflow as runs, and registers the models that they made.

MLflow is a record beside the store: a job ends whether or not it answers.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog

from jobs.job import Job, JobEnd
from jobs.models.model import PublishedModel
from store.base import ObjectStore
from workers.tracking.tracked_run import JOB_TAG, Metric, TrackedRun, tracked_run

_log = structlog.get_logger(__name__)
TIMEOUT_S, RETRIES = 10, 1
"""Timeout and retries of one request; short, since the end of a job waits for it."""
_LONGEST_VALUE = 500
_A_BATCH = 100
_RUNNING = "RUNNING"
_FORBIDDEN = re.compile(r"[^\w\-. /]+")
_PASSWORD = re.compile(r"//[^/@\s]+@")
"""The password in the address of the tracking server. It is removed from log lines, since users read them."""
MODEL_FOLDER = "model"


class MlflowTracker:
    """Runs of one tracking server.

    Args:
        uri: such as ``https://mlflow.example.org`` or ``databricks``.
        store: where the files of models are.
    """

    def __init__(self, uri: str, store: ObjectStore) -> None:
        self._uri = uri
        self._store = store

    def record(self, job: Job, end: JobEnd, model: PublishedModel | None) -> None:
        """Write a job that is over, once however often it is asked; what goes wrong is logged, and no more."""
        try:
            self._record(tracked_run(job, end, model))
        except ImportError:
            _log.warning("mlflow_missing", job_id=job.id, hint="install mlflow-skinny beside the worker")
        except Exception as error:  # noqa: BLE001  (MLflow and its stores raise many kinds, and the job must end)
            said = _PASSWORD.sub("//", f"{type(error).__name__}: {error}")
            _log.warning("mlflow_not_written", job_id=job.id, error=said[:_LONGEST_VALUE])

    def _record(self, run: TrackedRun) -> None:
        client = _client(self._uri)
        experiment_id = _experiment(client, run.experiment)
        info = _begun(client, experiment_id, run)
        if info.status != _RUNNING:
            return
        _write_numbers(client, info.run_id, run)
        if run.model is not None:
            self._register(client, info, run.model)
        status = "FAILED" if run.failed else "FINISHED"
        client.set_terminated(info.run_id, status, end_time=_milliseconds(run.finished_at))

    def _register(self, client: Any, info: Any, model: PublishedModel) -> None:
        """Upload the model's files to the run, and make them the next version of the model's name."""
        for file in (model.checkpoint, *model.files):
            with tempfile.TemporaryDirectory(prefix="florescope-") as folder:
                path = Path(folder) / Path(file.name).name
                self._store.get_file(file.key, path, sha256=file.sha256)
                client.log_artifact(info.run_id, str(path), MODEL_FOLDER)
        name = _FORBIDDEN.sub("-", model.name or f"florescope {model.id}").replace("/", "-")
        if not client.search_registered_models(f"name = '{name}'", max_results=1):
            client.create_registered_model(name)
        if client.search_model_versions(f"run_id = '{info.run_id}'", max_results=1):
            return  # by an earlier attempt, whose worker died before it ended the run
        source = f"{info.artifact_uri}/{MODEL_FOLDER}"
        client.create_model_version(name, source, run_id=info.run_id, tags={"florescope.model_id": model.id})


def _client(uri: str) -> Any:
    from mlflow import MlflowClient, environment_variables  # noqa: PLC0415  (optional, and slow to load)

    limits: Any = environment_variables
    limits.MLFLOW_HTTP_REQUEST_TIMEOUT.set(TIMEOUT_S)
    limits.MLFLOW_HTTP_REQUEST_MAX_RETRIES.set(RETRIES)
    return MlflowClient(uri, uri)


def _experiment(client: Any, name: str) -> str:
    found = client.get_experiment_by_name(name)
    return str(found.experiment_id if found else client.create_experiment(name))


def _begun(client: Any, experiment_id: str, run: TrackedRun) -> Any:
    """The run of a job: a new one, or the one that an earlier attempt began."""
    known = client.search_runs([experiment_id], f"tags.`{JOB_TAG}` = '{run.tags[JOB_TAG]}'", max_results=1)
    if known:
        return known[0].info
    start = _milliseconds(run.started_at)
    return client.create_run(experiment_id, start_time=start, tags=dict(run.tags), run_name=run.name).info


def _write_numbers(client: Any, run_id: str, run: TrackedRun) -> None:
    from mlflow.entities import Metric as MlflowMetric  # noqa: PLC0415
    from mlflow.entities import Param  # noqa: PLC0415

    parameters = [Param(_name(name), value[:_LONGEST_VALUE]) for name, value in run.parameters.items()]
    for some in _in_batches(parameters):
        client.log_batch(run_id, params=some)
    for numbers in _in_batches(run.metrics):
        client.log_batch(run_id, metrics=[_as_mlflow(each, MlflowMetric) for each in numbers])


def _as_mlflow(metric: Metric, kind: Any) -> Any:
    return kind(_name(metric.name), metric.value, _milliseconds(metric.at), metric.step)


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _name(name: str) -> str:
    """A name that MLflow takes: letters, digits, and a few signs."""
    return _FORBIDDEN.sub("_", name)


def _in_batches(values: Iterable[Any]) -> Iterable[list[Any]]:
    listed = list(values)
    return (listed[start : start + _A_BATCH] for start in range(0, len(listed), _A_BATCH))
