"""Workers that an image, or the model, really ends: each is a process of its own, killed while it is at work."""

from __future__ import annotations

import io
import os
import signal
import time
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from dispatch.connection import connect
from dispatch.submission import submit
from jobs import keys
from jobs.job import JobEnd
from jobs.results.record import Outcome
from jobs.results.report import Report
from jobs.specs.spec import spec_adapter
from jobs.state import JobState
from ml.data import image_folder
from ml.data.datasets import describe, read
from ml.data.images import decode
from store.local import LocalStore
from tests.integration.workers.conftest import submit_explanation
from tests.services.gathered import stored_report
from tests.services.redis_server import RedisServer
from tests.services.worker_services import services_on
from workers.inputs.poison_images import PoisonNote
from workers.inputs.stored_model import StoredModel
from workers.lifecycle.run_step import run_step
from workers.step.services import Services

FIRST = "shard-00000"
IMAGES, POISON = 6, 4
MARK = b"ends whoever decodes it"
SPECS: dict[str, dict[str, Any]] = {
    "explain": {"methods": ["gradcam"]},
    "evaluate": {"corruptions": []},
}


def services_at(redis_url: str, folder: Path) -> Services:
    return services_on(connect(redis_url=redis_url, lease_ttl_s=0.5), LocalStore(folder))


@pytest.fixture
def on_disk(services: Services, shared_redis: RedisServer, tmp_path: Path) -> Services:
    here = services_at(shared_redis.url, tmp_path / "store")
    for info in services.store.list(""):
        here.store.put(info.key, services.store.get(info.key))
    return here


def die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def deadly(data: bytes, *size: Any) -> Any:
    return die() if data.endswith(MARK) else decode(data, *size)


def worker_with_a_deadly_decoder(redis_url: str, folder: Path, job_id: str) -> None:
    setattr(image_folder, "decode", deadly)  # noqa: B010  (a module does not show what it imports)
    run_step(job_id, FIRST, services_at(redis_url, folder))


def worker_with_a_deadly_model(redis_url: str, folder: Path, job_id: str) -> None:
    StoredModel.load = die  # type: ignore[method-assign, assignment]
    run_step(job_id, FIRST, services_at(redis_url, folder))


def killed(worker: Any, redis_url: str, services: Services, job_id: str) -> None:
    """One worker that does not survive the first shard, whose lease has then run out.

    It is forked from a process that has this module, and so TensorFlow, loaded, and has computed nothing.
    """
    assert isinstance(services.store, LocalStore)
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__])
    child = context.Process(target=worker, args=(redis_url, services.store.root, job_id))
    child.start()
    child.join(120)
    assert child.exitcode == -signal.SIGKILL
    while services.leases.held(job_id, [FIRST]):
        time.sleep(0.05)


def put_flowers(services: Services) -> None:
    for example in read("synthetic_flowers", "test", stop=IMAGES):
        assert example.image is not None
        assert example.label is not None
        buffer = io.BytesIO()
        Image.fromarray(example.image).resize((40, 40)).save(buffer, "PNG")
        name = describe("synthetic_flowers").class_names[example.label].replace(" ", "_")
        mark = MARK if example.index == POISON else b""
        services.store.put(f"datasets/mine/{name}/{example.image_id}.png", buffer.getvalue() + mark)


def submitted(services: Services, kind: str) -> str:
    document = {"kind": kind, "model": "trained", "dataset": "store:datasets/mine", "split": "all", **SPECS[kind]}
    spec = spec_adapter.validate_python({**document, "max_failure_rate": 0.5})
    job_id = submit(spec, store=services.store, board=services.board, queue=services.queue).job.id
    run_step(job_id, "plan", services)
    return job_id


@pytest.mark.parametrize("kind", SPECS)
def test_an_image_that_ends_its_worker_while_it_is_decoded_is_found_and_left_out(
    on_disk: Services, shared_redis: RedisServer, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    put_flowers(on_disk)
    job_id = submitted(on_disk, kind)
    on_disk.board.counters.count_attempt(job_id, FIRST, by=2)  # from the second death on, workers are careful
    for _ in range(2):
        killed(worker_with_a_deadly_decoder, shared_redis.url, on_disk, job_id)
    monkeypatch.setattr(
        image_folder, "decode", lambda data, *size: 1 / 0 if data.endswith(MARK) else decode(data, *size)
    )
    assert run_step(job_id, FIRST, on_disk) == "committed"
    records = stored_report(on_disk.store, job_id, FIRST).records
    [error] = [record for record in records if record.outcome is Outcome.ERROR]
    assert len(records) == IMAGES
    assert error.image_id.endswith(f"test-{POISON:05d}.png")
    assert error.label == POISON
    assert error.error == "its worker died 2 times on this image"
    assert not error.unreadable


def test_a_shard_that_ends_every_worker_before_its_first_image_fails_the_job(
    on_disk: Services, shared_redis: RedisServer
) -> None:
    job_id = submit_explanation(on_disk)
    run_step(job_id, "plan", on_disk)
    on_disk.board.counters.count_attempt(job_id, FIRST, by=4)
    killed(worker_with_a_deadly_model, shared_redis.url, on_disk, job_id)
    assert "shard-00000 ended its worker 5 times, and no single image is to blame" in run_step(job_id, FIRST, on_disk)
    assert JobEnd.decode(on_disk.store.get(keys.end(job_id))).state is JobState.FAILED


def careful_report(services: Services, note: PoisonNote, *, deaths: int) -> Report:
    job_id = submit_explanation(services)
    run_step(job_id, "plan", services)
    services.store.put(keys.suspect(job_id, FIRST), note.encode())
    services.board.counters.count_attempt(job_id, FIRST, by=deaths)
    assert run_step(job_id, FIRST, services) == "committed"
    return stored_report(services.store, job_id, FIRST)


def test_images_that_are_left_out_do_not_use_up_the_patience_with_their_shard(services: Services) -> None:
    report = careful_report(services, PoisonNote(deaths={0: 0, 1: 2, 2: 2, 3: 2}), deaths=8)
    assert [record.outcome is Outcome.ERROR for record in report.records] == [False, True, True, True]


def test_a_shard_none_of_whose_images_came_through_is_given_up(services: Services) -> None:
    job_id = submit_explanation(services)
    run_step(job_id, "plan", services)
    services.store.put(keys.suspect(job_id, FIRST), PoisonNote(deaths={0: 2, 1: 2, 2: 2, 3: 2}).encode())
    services.board.counters.count_attempt(job_id, FIRST, by=10)
    assert "ended its worker 5 times" in run_step(job_id, FIRST, services)


def test_what_is_noted_before_each_image_is_forgiven_when_the_worker_lives(services: Services) -> None:
    job_id = submit_explanation(services)
    run_step(job_id, "plan", services)
    services.board.counters.count_attempt(job_id, FIRST, by=2)
    run_step(job_id, FIRST, services)
    note = PoisonNote.decode(services.store.get(keys.suspect(job_id, FIRST)))
    assert note.deaths == dict.fromkeys(range(4), 0)


def test_a_note_that_cannot_be_read_is_begun_anew(services: Services) -> None:
    job_id = submit_explanation(services)
    run_step(job_id, "plan", services)
    services.store.put(keys.suspect(job_id, FIRST), b'{"deaths": {"test-00001": 1}}')
    services.board.counters.count_attempt(job_id, FIRST, by=2)
    assert run_step(job_id, FIRST, services) == "committed"
