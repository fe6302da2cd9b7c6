"""Training jobs as a worker runs them: real Redis, a store in memory, a small network on few drawn flowers."""

from __future__ import annotations

from typing import Any

import pytest
from redis import Redis

from dispatch.board import Board
from dispatch.submission import request_cancel, submit
from jobs import keys
from jobs.job import JobEnd
from jobs.models.checkpoint import CheckpointPointer
from jobs.models.model import PublishedModel
from jobs.results.manifest import Manifest
from jobs.specs.spec import spec_adapter
from jobs.state import JobState
from ml.models.saved_model import load_model
from ml.training.image_phase import ImagePhase
from tests.few_flowers import make_flowers_few
from workers.kinds.train import checkpoints
from workers.kinds.train.checkpoints import Checkpoints
from workers.lifecycle.run_step import run_step
from workers.step.file_writer import FileWriter
from workers.step.pulse import Pulse
from workers.step.services import Services

TRAIN = "train"


@pytest.fixture(autouse=True)
def few_flowers(monkeypatch: pytest.MonkeyPatch) -> None:
    make_flowers_few(monkeypatch)


def submitted(services: Services, **changes: Any) -> str:
    document = {
        "kind": "train",
        "dataset": "synthetic_flowers",
        "backbone": "SmallCNN",
        "weights": "none",
        "image_size": 32,
        "batch_size": 16,
        "epochs": 4,
        **changes,
    }
    spec = spec_adapter.validate_python(document)
    job_id = submit(spec, store=services.store, board=services.board, queue=services.queue).job.id
    run_step(job_id, "plan", services)
    return job_id


def pointer_of(services: Services, job_id: str) -> CheckpointPointer:
    return CheckpointPointer.decode(services.store.get(keys.checkpoint(job_id, TRAIN)))


def stored_checkpoints(services: Services, job_id: str) -> list[str]:
    listed = services.store.list(f"{keys.job(job_id)}attempts/")
    return [info.key for info in listed if info.key.endswith(".npz")]


def end_of(services: Services, job_id: str) -> JobEnd:
    return JobEnd.decode(services.store.get(keys.end(job_id)))


class Stop:
    """Does something once a checkpoint of an epoch is written."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, after: int, do: Any) -> None:
        honest = Checkpoints.save

        def save(self: Checkpoints, checkpoint: Any) -> None:
            honest(self, checkpoint)
            if len(checkpoint.history) == after:
                do()

        monkeypatch.setattr(checkpoints.Checkpoints, "save", save)


honest_check = Pulse.check


def heard_at_once(pulse: Pulse) -> None:
    """Hear of a cancellation at the next batch, without waiting for the pulse's thread."""
    if pulse._services.board.stopped(pulse._job.id):
        pulse._stopped.set()
    honest_check(pulse)


def crash() -> None:
    raise RuntimeError("the worker broke")


def test_a_training_publishes_its_best_epoch_and_keeps_the_best_and_the_last_checkpoints(services: Services) -> None:
    job_id = submitted(services, keep_checkpoints=1)
    assert run_step(job_id, TRAIN, services) == "committed"
    run_step(job_id, "finalize", services)
    assert end_of(services, job_id).state is JobState.SUCCEEDED
    pointer = pointer_of(services, job_id)
    assert {one.epoch for one in pointer.checkpoints} == {pointer.best_epoch, 4}
    assert sorted(one.file.key for one in pointer.checkpoints) == sorted(stored_checkpoints(services, job_id))
    model = PublishedModel.decode(services.store.get(keys.model(job_id)))
    assert model.best_epoch == pointer.best_epoch
    assert [metrics.epoch for metrics in model.history] == [1, 2, 3, 4]


def test_a_cancelled_training_keeps_its_best_model_and_its_checkpoints(
    services: Services, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    job_id = submitted(services)

    def cancel() -> None:
        request_cancel(job_id, store=services.store, board=services.board, queue=services.queue)

    Stop(monkeypatch, after=2, do=cancel)
    monkeypatch.setattr(Pulse, "check", heard_at_once)
    assert "is to stop" in run_step(job_id, TRAIN, services)
    run_step(job_id, "finalize", services)
    assert end_of(services, job_id).state is JobState.CANCELLED
    manifest = Manifest.decode(services.store.get(keys.manifest(job_id)))
    files = {file.name: file for file in manifest.files}
    assert {"best.keras", "checkpoints/epoch-0002.npz"} <= set(files)
    services.store.get_file(files["best.keras"].key, tmp_path / "best.keras", sha256=files["best.keras"].sha256)
    assert load_model(tmp_path / "best.keras").output_shape == (None, 9)


def test_a_damaged_checkpoint_is_never_loaded_and_training_goes_on_from_the_one_before(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = submitted(services)
    with monkeypatch.context() as patched:
        Stop(patched, after=3, do=crash)
        assert "tried again" in run_step(job_id, TRAIN, services)
    newest = pointer_of(services, job_id).checkpoints[-1]
    assert newest.epoch == 3
    services.store.put(newest.file.key, b"damaged")
    resumed: list[int] = []
    honest = Checkpoints.resume

    def resume(self: Checkpoints) -> Any:
        checkpoint = honest(self)
        resumed.append(len(checkpoint.history) if checkpoint else 0)
        return checkpoint

    monkeypatch.setattr(Checkpoints, "resume", resume)
    assert run_step(job_id, TRAIN, services) == "committed"
    assert resumed == [2]
    assert len(pointer_of(services, job_id).history) == 4


def test_where_the_best_checkpoint_is_damaged_the_best_of_the_others_is_published_under_its_own_numbers(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = submitted(services, keep_checkpoints=3)
    with monkeypatch.context() as patched:
        Stop(patched, after=3, do=crash)
        run_step(job_id, TRAIN, services)
    pointer = pointer_of(services, job_id)
    first = pointer.history[0].model_copy(update={"validation_accuracy": 1.0, "validation_loss": 0.0})
    told = pointer.model_copy(update={"best_epoch": 1, "history": (first, *pointer.history[1:])})
    services.store.put(keys.checkpoint(job_id, TRAIN), told.encode())
    services.store.put(pointer.checkpoints[0].file.key, b"damaged")
    assert run_step(job_id, TRAIN, services) == "committed"
    run_step(job_id, "finalize", services)
    model = PublishedModel.decode(services.store.get(keys.model(job_id)))
    assert model.published is not None
    assert model.published.validation_accuracy == max(one.validation_accuracy or 0 for one in model.history[1:])
    assert 1 not in {one.epoch for one in pointer_of(services, job_id).checkpoints}


def test_a_worker_that_loses_its_lease_while_it_stores_a_checkpoint_moves_no_pointer(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = submitted(services)
    honest, pulses = FileWriter.put_file, list[Pulse]()
    entered = Pulse.__enter__

    def enter(self: Pulse) -> Pulse:
        pulses.append(self)
        return entered(self)

    def slow(self: FileWriter, *args: Any) -> Any:
        file = honest(self, *args)
        if "epoch-0002" in file.name:
            pulses[-1]._lost.set()
        return file

    monkeypatch.setattr(Pulse, "__enter__", enter)
    monkeypatch.setattr(FileWriter, "put_file", slow)
    assert "another worker's" in run_step(job_id, TRAIN, services)
    assert len(pointer_of(services, job_id).history) == 1


def test_a_worker_that_broke_repeats_no_finished_epoch(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    job_id = submitted(services)
    saved: list[int] = []
    honest = Checkpoints.save

    def save(self: Checkpoints, checkpoint: Any) -> None:
        saved.append(len(checkpoint.history))
        honest(self, checkpoint)
        if saved == [1, 2]:
            crash()

    monkeypatch.setattr(Checkpoints, "save", save)
    run_step(job_id, TRAIN, services)
    assert run_step(job_id, TRAIN, services) == "committed"
    assert saved == [1, 2, 3, 4]


def test_a_redis_that_is_away_at_the_end_of_an_epoch_costs_the_training_nothing(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Redis.from_url("redis://127.0.0.1:1/0", retry=None) as nobody:
        unreachable = Board(nobody, "test:")
        monkeypatch.setattr(services.board.counters, "reset_attempts", unreachable.counters.reset_attempts)
        job_id = submitted(services, epochs=2)
        assert run_step(job_id, TRAIN, services) == "committed"
    assert [metrics.epoch for metrics in pointer_of(services, job_id).history] == [1, 2]


def test_a_training_that_diverges_fails_with_a_reason_and_lists_its_last_good_checkpoint(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = ImagePhase.learn

    def learn(self: ImagePhase, epoch: int, tell: Any) -> tuple[float, float]:
        loss, accuracy = honest(self, epoch, tell)
        return (loss if epoch == 1 else float("nan")), accuracy

    monkeypatch.setattr(ImagePhase, "learn", learn)
    job_id = submitted(services)
    assert "failed" in run_step(job_id, TRAIN, services)
    end = end_of(services, job_id)
    assert end.state is JobState.FAILED
    assert end.error is not None
    assert "choose a smaller learning_rate" in end.error.message
    manifest = Manifest.decode(services.store.get(keys.manifest(job_id)))
    assert [file.name for file in manifest.files] == ["checkpoints/epoch-0001.npz"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"batch_size": 512}, "batch_size"),
        ({"splits": {"train": "nothing"}}, "splits.train"),
        ({"splits": {"validation": "train[30:]"}}, "splits.validation"),
        ({"splits": {"test": "validation"}}, "splits.test"),
    ],
)
def test_what_does_not_fit_the_data_is_told_with_its_field(
    services: Services, change: dict[str, Any], field: str
) -> None:
    job_id = submitted(services, **change)
    run_step(job_id, TRAIN, services)
    end = end_of(services, job_id)
    assert (end.state, end.error and end.error.field) == (JobState.FAILED, field)
