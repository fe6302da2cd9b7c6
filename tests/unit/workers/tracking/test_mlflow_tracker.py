"""Jobs as runs of MLflow, in a real store of MLflow on disk."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from jobs.job import Job, JobEnd, Problem
from jobs.live.progress import Progress
from jobs.models.model import EpochMetrics, PublishedModel
from jobs.specs.spec import spec_adapter
from jobs.state import JobState
from store.memory import MemoryStore
from tests.services.stored_results import made_up_model, put_artifact
from workers.tracking.mlflow_tracker import MlflowTracker
from workers.tracking.tracked_run import tracked_run

START = datetime(2026, 1, 1, tzinfo=UTC)
TRAIN = {"kind": "train", "dataset": "synthetic_flowers", "backbone": "SmallCNN", "weights": "none", "name": "my/net"}
mlflow = pytest.importorskip("mlflow")


def job(**changes: Any) -> Job:
    return Job(id="01abc", created_at=START, spec=spec_adapter.validate_python(TRAIN), **changes)


def end(state: JobState = JobState.SUCCEEDED, **changes: Any) -> JobEnd:
    summary = {"test_accuracy": 0.75, "backbone": "SmallCNN", "best": {"epochs": 3}, "bad": float("nan")}
    later = START + timedelta(seconds=90)
    return JobEnd(
        job_id="01abc",
        state=state,
        started_at=START,
        finished_at=later,
        progress=Progress(),
        summary=summary,
        **changes,
    )


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore("tracking")


@pytest.fixture
def model(store: MemoryStore) -> PublishedModel:
    file = put_artifact(store, "jobs/01abc/attempts/train/one/", "model.keras", b"weights", "application/zip")
    history = tuple(
        EpochMetrics(epoch=each, loss=1 / each, accuracy=None, validation_loss=0.5, validation_accuracy=0.5, seconds=1)
        for each in (1, 2)
    )
    return made_up_model().model_copy(update={"checkpoint": file, "history": history, "name": "my/net"})


@pytest.fixture
def uri(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "1")  # set anew by the tracker, and put back afterwards
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
    return (tmp_path / "runs").as_uri()


def runs(uri: str, experiment: str = "florescope") -> list[Any]:
    client = mlflow.MlflowClient(uri, uri)
    found = client.get_experiment_by_name(experiment)
    return list(client.search_runs([found.experiment_id])) if found else []


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_a_training_becomes_a_run_with_its_numbers_and_a_registered_model(
    uri: str, store: MemoryStore, model: PublishedModel, tmp_path: Path
) -> None:
    MlflowTracker(uri, store).record(job(), end(), model)
    [run] = runs(uri)
    assert (run.info.run_name, run.info.status) == ("my/net", "FINISHED")
    assert run.info.end_time - run.info.start_time == 90_000
    assert run.data.params["backbone"] == "SmallCNN"
    assert (run.data.metrics["test_accuracy"], run.data.metrics["best.epochs"]) == (0.75, 3)
    assert run.data.tags["florescope.job_id"] == "01abc"
    client = mlflow.MlflowClient(uri, uri)
    assert [each.value for each in client.get_metric_history(run.info.run_id, "epoch.loss")] == [1.0, 0.5]
    [version] = client.search_model_versions("name = 'my-net'")
    assert version.run_id == run.info.run_id
    fetched = client.download_artifacts(run.info.run_id, "model/model.keras", str(tmp_path))
    assert Path(fetched).read_bytes() == b"weights"


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_a_job_that_is_told_twice_is_one_run(uri: str, store: MemoryStore, model: PublishedModel) -> None:
    for _ in range(2):
        MlflowTracker(uri, store).record(job(), end(), model)
    assert len(runs(uri)) == 1
    assert len(mlflow.MlflowClient(uri, uri).search_model_versions("name = 'my-net'")) == 1


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_a_model_is_registered_once_although_a_worker_died_behind_that(
    uri: str, store: MemoryStore, model: PublishedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(mlflow.MlflowClient, "set_terminated", die)
        with pytest.raises(KeyboardInterrupt):
            MlflowTracker(uri, store).record(job(), end(), model)
    MlflowTracker(uri, store).record(job(), end(), model)
    [run] = runs(uri)
    assert run.info.status == "FINISHED"
    client = mlflow.MlflowClient(uri, uri)
    assert len(client.search_model_versions("name = 'my-net'")) == 1


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_a_failed_job_of_a_project_says_why(uri: str, store: MemoryStore) -> None:
    failed = end(JobState.FAILED, error=Problem(message="no such split"))
    MlflowTracker(uri, store).record(job(project="ours"), failed, None)
    [run] = runs(uri, "florescope-ours")
    assert (run.info.status, run.data.tags["florescope.error"]) == ("FAILED", "no such split")


def test_a_server_that_is_away_holds_nothing_up(uri: str, store: MemoryStore, caplog: pytest.LogCaptureFixture) -> None:
    del uri
    MlflowTracker("http://127.0.0.1:9", store).record(job(), end(), None)
    assert "mlflow_not_written" in caplog.text


def test_numbers_that_are_none_are_left_out(model: PublishedModel) -> None:
    found = tracked_run(job(), end(), model)
    names = [metric.name for metric in found.metrics if metric.step == 0]
    assert names == ["test_accuracy", "best.epochs"]


def test_the_log_of_a_job_does_not_hold_the_password_of_the_server(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "1")  # set anew by the tracker, and put back afterwards
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
    with capture_logs() as logs:
        MlflowTracker("http://anna:secret@127.0.0.1:9", store).record(job(), end(), None)
    assert "http://127.0.0.1:9" in str(logs)
    assert "secret" not in str(logs)
