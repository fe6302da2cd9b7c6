"""The checker of promises finds each promise that is broken, and nothing where none is."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, cast

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import redis

from dispatch.connection import Connection, connect
from dispatch.submission import request_cancel, submit
from jobs import keys
from jobs.job import JobEnd
from jobs.results.manifest import Manifest, entry
from jobs.results.report import Report
from jobs.specs.spec import spec_adapter
from jobs.state import JobState
from store.memory import MemoryStore
from tests.faults.plain_worker import PlainWorker
from tests.faults.promises import Accepted, Seen, violations
from tests.services.light_explanations import LIGHT, image_ids, light_spec, publish_light_model
from tests.services.redis_server import RedisServer
from tests.services.worker_services import services_on
from workers.kinds.table import KINDS

IMAGES, FIRST = 6, "shard-00000"


@dataclass(frozen=True)
class Kept:
    """A job that ended as it should."""

    store: MemoryStore
    job_id: str

    @property
    def accepted(self) -> dict[str, Accepted]:
        return {self.job_id: Accepted(image_ids(IMAGES))}

    def broken(self) -> set[str]:
        return {each.promise for each in violations(self.accepted, self.store)}

    def report(self) -> Report:
        return Report.decode(self.store.get(keys.report(self.job_id, FIRST)))

    def change(self, **fields: Any) -> None:
        """Change the report of the first step, and the manifest with it."""
        changed = self.report().model_copy(update=fields)
        key, data = keys.report(self.job_id, FIRST), changed.encode()
        self.store.put(key, data)
        manifest = Manifest.decode(self.store.get(keys.manifest(self.job_id)))
        entries = (entry(changed, key=key, data=data), *manifest.reports[1:])
        self.store.put(keys.manifest(self.job_id), manifest.model_copy(update={"reports": entries}).encode())

    def rewrite_images(self, rows: Callable[[pa.Table], pa.Table]) -> None:
        """Change the final list of images, and what the manifest says of it."""
        key, sink = keys.file(self.job_id, "images.parquet"), io.BytesIO()
        pq.write_table(rows(pq.read_table(pa.BufferReader(self.store.get(key)))), sink)
        info = self.store.put(key, sink.getvalue())
        manifest = Manifest.decode(self.store.get(keys.manifest(self.job_id)))
        files = tuple(
            file.model_copy(update={"size": info.size, "sha256": info.sha256}) if file.key == key else file
            for file in manifest.files
        )
        self.store.put(keys.manifest(self.job_id), manifest.model_copy(update={"files": files}).encode())


@pytest.fixture(scope="module", autouse=True)
def light() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setitem(cast("dict[str, Any]", KINDS), "explain", LIGHT)
        yield


@pytest.fixture(scope="module")
def sound(shared_redis: RedisServer) -> Kept:
    """Made once; every test gets a copy."""
    connection = connect(redis_url=shared_redis.url)
    return Kept(*worked_on(connection, shared_redis, cancelled=False))


@pytest.fixture
def kept(sound: Kept) -> Kept:
    copy = MemoryStore("kept")
    for info in sound.store.list(""):
        copy.put(info.key, sound.store.get(info.key))
    return Kept(copy, sound.job_id)


def worked_on(connection: Connection, server: RedisServer, *, cancelled: bool) -> tuple[MemoryStore, str]:
    """A store with a job that is over."""
    store = MemoryStore("sound")
    publish_light_model(store)
    services = services_on(connection, store)
    spec = spec_adapter.validate_python(light_spec(IMAGES))
    job_id = submit(spec, store=store, board=services.board, queue=services.queue).job.id
    if cancelled:
        request_cancel(job_id, store=store, board=services.board, queue=services.queue)
    PlainWorker(services, redis.Redis.from_url(server.url)).work(job_id)
    return store, job_id


def test_a_job_that_ended_as_it_should_breaks_no_promise(kept: Kept) -> None:
    seen = Seen(
        done={kept.job_id: [0, 2, 2, 6]},
        ends={kept.job_id: {"succeeded"}},
        documents={keys.end(kept.job_id): ["one"], keys.report(kept.job_id, FIRST): ["one"]},
    )
    assert violations(kept.accepted, kept.store, seen) == []


def test_a_job_that_is_gone_is_lost(kept: Kept) -> None:
    kept.store.delete(keys.spec(kept.job_id))
    assert kept.broken() == {"P1"}


def test_a_job_that_nobody_stored_is_lost(kept: Kept) -> None:
    assert [each.promise for each in violations({"another": Accepted(())}, kept.store)] == ["P1"]


def test_a_job_without_an_end_has_not_ended(kept: Kept) -> None:
    kept.store.delete(keys.end(kept.job_id))
    assert kept.broken() == {"P2"}


def test_a_job_that_failed_did_not_end_as_it_should(kept: Kept) -> None:
    end = JobEnd.decode(kept.store.get(keys.end(kept.job_id)))
    kept.store.put(keys.end(kept.job_id), end.model_copy(update={"state": JobState.FAILED}).encode())
    assert kept.broken() == {"P2"}


def test_a_job_that_is_still_listed_has_not_quite_ended(kept: Kept) -> None:
    kept.store.put(keys.active(kept.job_id), b"")
    assert kept.broken() == {"P2"}


@pytest.mark.parametrize(
    "rows", [lambda table: table.slice(1), lambda table: pa.concat_tables([table, table.slice(5)])]
)
def test_an_image_that_is_missing_or_stands_there_twice_is_found(kept: Kept, rows: Any) -> None:
    kept.rewrite_images(rows)
    assert kept.broken() == {"P3"}


def test_an_image_of_another_job_is_found(kept: Kept) -> None:
    assert violations({kept.job_id: Accepted(image_ids(IMAGES - 1))}, kept.store)[0].promise == "P3"


@pytest.mark.parametrize("name", ["images.parquet", "results.parquet", "gradcam.png", f"{FIRST}/images.parquet"])
def test_a_flipped_bit_is_found_in_every_file(kept: Kept, name: str) -> None:
    key = next(info.key for info in kept.store.list(keys.job(kept.job_id)) if info.key.endswith(name))
    data = kept.store.get(key)
    kept.store.put(key, bytes([data[0] ^ 1]) + data[1:])
    assert kept.broken() == {"P3"}


def test_a_picture_that_is_gone_is_found(kept: Kept) -> None:
    key = next(info.key for info in kept.store.list(keys.job(kept.job_id)) if info.key.endswith(".png"))
    kept.store.delete(key)
    assert kept.broken() == {"P3"}


def test_a_report_that_was_replaced_is_a_second_commit(kept: Kept) -> None:
    kept.store.put(keys.report(kept.job_id, FIRST), kept.report().model_copy(update={"worker": "another"}).encode())
    assert kept.broken() == {"P4"}


def test_files_of_another_attempt_are_a_second_commit(kept: Kept) -> None:
    kept.change(attempt="another")
    assert kept.broken() == {"P4"}


def test_a_cancelled_job_may_lack_images_and_others_may_not_be_cancelled(
    connection: Connection, shared_redis: RedisServer
) -> None:
    store, job_id = worked_on(connection, shared_redis, cancelled=True)
    assert violations({job_id: Accepted(image_ids(IMAGES), cancelled=True)}, store) == []
    assert {each.promise for each in violations({job_id: Accepted(image_ids(IMAGES))}, store)} == {"P2"}


@pytest.mark.parametrize(
    ("seen", "promise"),
    [
        (Seen(done={"job": [0, 4, 3]}), "P6"),
        (Seen(ends={"job": {"succeeded", "failed"}}), "P2"),
        (Seen(documents={"jobs/job/end.json": ["one", "another"]}), "P2"),
        (Seen(documents={"jobs/job/reports/shard-00000.json": ["one", "another"]}), "P4"),
        (Seen(late={"job": "not over after 60 s"}), "P5"),
        (Seen(answers=["GET /v1/jobs: 500 text/plain"]), "P7"),
    ],
)
def test_what_an_onlooker_saw_is_judged(seen: Seen, promise: str) -> None:
    assert [each.promise for each in violations({}, MemoryStore("nothing"), seen)] == [promise]
