"""What goes on at the same time within a shard, and how large shards are."""

from __future__ import annotations

import dataclasses
import itertools
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import tensorflow as tf
from structlog.testing import capture_logs

from jobs import keys
from jobs.job import Job, JobEnd
from jobs.plan import Plan
from jobs.results.report import Report
from jobs.specs.explain_spec import ExplainSpec
from ml.data.datasets import Example, read
from ml.fixed_batch import FixedBatch
from store.memory import MemoryStore
from tests.integration.workers.conftest import submit_explanation
from tests.services.gathered import stored_report
from workers.inputs import dataset_source
from workers.inputs.stored_model import model_cache
from workers.kinds.explain.model_explainers import ModelExplainers
from workers.kinds.explain.shard_size import note_rate
from workers.lifecycle.run_step import run_step
from workers.step.services import Services

FIRST, SECOND = "shard-00000", "shard-00001"


def planned(services: Services, **changes: Any) -> tuple[str, Plan]:
    job_id = submit_explanation(services, **changes)
    run_step(job_id, "plan", services)
    return job_id, Plan.decode(services.store.get(keys.plan(job_id)))


def eventually(condition: Callable[[], bool], *, limit_s: float = 120) -> None:
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.05)


class BlockedStore(MemoryStore):
    """A store that takes no picture until it is told to."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.opened = threading.Event()

    def put(self, key: str, data: bytes, **options: Any) -> Any:
        if key.endswith(".jpg"):
            self.opened.wait()
        return super().put(key, data, **options)


class WatchedStore(MemoryStore):
    """A store that notes in which order it is used."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.calls = list[str]()

    def put(self, key: str, data: bytes, **options: Any) -> Any:
        self.calls.append(key)
        return super().put(key, data, **options)

    def flush(self) -> None:
        self.calls.append("flush")


def test_pictures_are_flushed_before_anything_counts_on_them(services: Services) -> None:
    store = WatchedStore("watched")
    for info in services.store.list(""):
        store.put(info.key, services.store.get(info.key))
    watched = dataclasses.replace(services, store=store)
    job_id, _ = planned(watched, split="test[0:20]", shard_size=20, contrast="none")
    run_step(job_id, FIRST, watched)
    pictures = [place for place, call in enumerate(store.calls) if call.endswith(".jpg")]
    assert len(pictures) == 20
    assert max(pictures) < store.calls.index("flush") < store.calls.index(keys.report(job_id, FIRST))


def test_a_store_that_takes_nothing_stops_the_reading_too(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    store, taken = BlockedStore("blocked"), list[str]()
    for info in services.store.list(""):
        store.put(info.key, services.store.get(info.key))
    blocked = dataclasses.replace(services, store=store)

    def counted(*args: Any, **options: Any) -> Iterator[Example]:
        for example in read(*args, **options):
            taken.append(example.image_id)
            yield example

    monkeypatch.setattr(dataset_source, "read", counted)
    job_id, _ = planned(blocked, split="test[0:400]", shard_size=400)
    worker = threading.Thread(target=run_step, args=(job_id, FIRST, blocked))
    worker.start()
    eventually(lambda: len(taken) > 100)
    eventually(lambda: _stands_still(taken))
    assert len(taken) < 300, "a bounded number of images is in memory at once"
    store.opened.set()
    worker.join(60)
    report = stored_report(store, job_id, FIRST)
    assert [record.image_id for record in report.records] == taken
    assert len(taken) == 400
    assert not {"read", "explain"} & {thread.name for thread in threading.enumerate()}


def _stands_still(taken: list[str]) -> bool:
    before = len(taken)
    time.sleep(1)
    return len(taken) == before


def test_nothing_is_traced_again_after_the_first_shard(services: Services) -> None:
    job_id, plan = planned(services, methods=["gradcam", "integrated_gradients"], split="test[0:9]", shard_size=5)
    assert run_step(job_id, FIRST, services) == "committed"
    spec = Job.decode(services.store.get(keys.spec(job_id))).spec
    assert isinstance(spec, ExplainSpec)
    explainers = ModelExplainers(plan.used_model, spec, services.store)
    explainer = explainers.explainer()
    before = explainer.traces
    assert run_step(job_id, SECOND, services) == "committed"
    assert explainers.explainer() is explainer
    assert explainer.traces == before > 0


def test_a_shard_holds_what_takes_forty_seconds_at_the_rate_of_earlier_ones(services: Services) -> None:
    job_id, plan = planned(services, split="test[0:540]", shard_size=None)
    assert [shard.size for shard in plan.shards] == [512, 28], "nothing is known yet"
    spec = Job.decode(services.store.get(keys.spec(job_id))).spec
    assert isinstance(spec, ExplainSpec)
    note_rate(plan.used_model, spec, services.board, images_per_s=5.0)
    _, plan = planned(services, split="test[0:540]", shard_size=None, name="another name matters not")
    assert {shard.size for shard in plan.shards} == {200, 140}
    _, plan = planned(services, split="test[0:540]", shard_size=None, methods=["integrated_gradients"])
    assert {shard.size for shard in plan.shards} == {64, 28}, "another method takes another time"


def test_all_live_workers_get_a_part(services: Services) -> None:
    for name in ("one", "two", "three"):
        services.board.workers.announce(name)
    _, plan = planned(services, split="test[0:540]", shard_size=None)
    assert {shard.size for shard in plan.shards} == {90}


def test_a_worker_remembers_how_fast_it_was(services: Services) -> None:
    job_id, plan = planned(services, split="test[0:40]", shard_size=40)
    run_step(job_id, FIRST, services)
    _, later = planned(services, split="test[0:540]", shard_size=None)
    assert plan.shards[0].size == 40
    assert later.shards[0].size != 512


def run_short_of_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch finds too little memory once another was done, as a GPU says it; three are computed at a time."""
    compute, failures = FixedBatch._batch, itertools.count(1)

    def tried(self: FixedBatch, *arguments: Any) -> Any:
        if self._first_traces is not None and next(failures) == 1:
            raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor")
        return compute(self, *arguments)

    monkeypatch.setattr(FixedBatch, "_batch", tried)


def compiled_again(services: Services, *, images: int = 40, **changes: Any) -> tuple[list[Any], Report, dict[str, Any]]:
    """What the log, the shard's report and the job's summary tell."""
    job_id, _ = planned(services, split=f"test[0:{images}]", shard_size=images, **changes)
    with capture_logs() as logs:
        run_step(job_id, FIRST, services)
    run_step(job_id, "finalize", services)
    end = JobEnd.decode(services.store.get(keys.end(job_id)))
    told = [entry["functions"] for entry in logs if entry["event"] == "compiled_again"]
    return told, stored_report(services.store, job_id, FIRST), dict(end.summary or {})


def test_nothing_is_compiled_after_the_first_batch(services: Services) -> None:
    told, report, summary = compiled_again(services, methods=["gradcam", "integrated_gradients"])
    assert told == []
    assert report.values["compiled_again"] == summary["compiled_again"] == 0


def test_what_is_compiled_later_is_told_to_the_log_and_to_who_runs_the_job(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    model_cache.clear()
    run_short_of_memory(monkeypatch)
    told, report, summary = compiled_again(services, images=80)
    assert told == [1]
    assert report.values["compiled_again"] == summary["compiled_again"] == 1
    assert report.failed == 0
