"""A shard that its worker leaves, at whichever moment, goes on from there; its results are those of one attempt."""

from __future__ import annotations

import dataclasses
import io
import json
import math
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from jobs import keys
from jobs.errors import StoreUnavailable
from jobs.results.report import Report
from store.base import ObjectStore
from store.memory import MemoryStore
from tests.integration.workers.conftest import submit_explanation
from tests.services.gathered import stored_report
from workers.lifecycle.run_step import run_step
from workers.step import kept_images, shutdown
from workers.step.services import Services

STEP, IMAGES = "shard-00000", 20
SPEC: dict[str, Any] = {
    "split": f"test[0:{IMAGES}]",
    "shard_size": IMAGES,
    "methods": ["gradcam", "integrated_gradients"],
    "ig": {"max_evaluations": 32},
    "metrics": ["completeness", "randomization"],
    "metrics_sample": 5,
    "outputs": ["overlay", "raw"],
}
LEAVES, DIES = "SIGTERM", "SIGKILL"
PICTURES = 5 * IMAGES


class Killed(BaseException):
    """Raised where the worker is to die."""


class EndingStore(MemoryStore):
    """Ends its worker when so many objects of attempts were put."""

    def __init__(self) -> None:
        super().__init__("ending")
        self.puts = 0
        self.then: Callable[[], None] = lambda: None
        self.at = 0

    def put(self, key: str, data: bytes, **options: Any) -> Any:
        if "/attempts/" in key or "/kept/" in key:
            self.puts += 1
            if self.puts == self.at:
                self.then()
        return super().put(key, data, **options)

    def end_at(self, puts: int, way: str) -> None:
        """From now on, count anew."""

        def die() -> None:
            raise Killed

        self.puts, self.at = 0, puts
        self.then = die if way == DIES else shutdown._requested.set


@pytest.fixture
def ending(services: Services, monkeypatch: pytest.MonkeyPatch) -> Services:
    """Services on a store that ends its worker, which keeps each image as soon as it is done."""
    monkeypatch.setattr(kept_images, "KEEP_EVERY_S", 0.0)
    return on(EndingStore(), services)


def on(store: ObjectStore, services: Services) -> Services:
    for info in services.store.list("models/"):
        store.put(info.key, services.store.get(info.key))
    model = "jobs/trained/attempts/train/one/model.keras"
    store.put(model, services.store.get(model))
    return dataclasses.replace(services, store=store)


def planned(services: Services) -> str:
    job_id = submit_explanation(services, **SPEC)
    run_step(job_id, "plan", services)
    return job_id


def attempt(job_id: str, services: Services, *, puts: int = 0, way: str = LEAVES) -> str:
    """One attempt at the shard, ended at this put."""
    assert isinstance(services.store, EndingStore)
    services.store.end_at(puts, way)
    try:
        return run_step(job_id, STEP, services)
    except Killed:
        return "killed"
    finally:
        shutdown._requested.clear()


def table(job_id: str, services: Services) -> list[Any]:
    """The rows of the shard's images, without the names of job and attempts, and with what floats can agree on."""
    report = stored_report(services.store, job_id, STEP)
    assert report.rows is not None
    rows = pq.read_table(io.BytesIO(services.store.get(report.rows.key))).to_pylist()
    return [comparable({**row, "record": json.loads(row["record"])}, job_id) for row in rows]


def comparable(value: Any, job_id: str) -> Any:
    """An image in another batch differs in the last bits of its numbers, and so its pictures may."""
    if isinstance(value, dict):
        of_bits = {"sha256", "size", "overlay_sha256", "raw_sha256"}
        return {name: comparable(each, job_id) for name, each in value.items() if name not in of_bits}
    if isinstance(value, list):
        return [comparable(each, job_id) for each in value]
    if isinstance(value, str):
        return re.sub(r"attempts/shard-00000/[0-9a-z]+/", "", value.replace(job_id, "job"))
    return value


def differences(found: Any, expected: Any, where: str = "") -> Iterator[str]:
    """Where two tables differ by more than the last bits of their numbers."""
    if isinstance(found, dict) and isinstance(expected, dict) and found.keys() == expected.keys():
        for name in found:
            yield from differences(found[name], expected[name], f"{where}.{name}")
    elif isinstance(found, list) and isinstance(expected, list) and len(found) == len(expected):
        for place, (one, other) in enumerate(zip(found, expected, strict=True)):
            yield from differences(one, other, f"{where}[{place}]")
    elif isinstance(found, float) and isinstance(expected, float):
        if not math.isclose(found, expected, rel_tol=1e-3, abs_tol=1e-4):
            yield f"{where}: {found} is not {expected}"
    elif found != expected:
        yield f"{where}: {found!r} is not {expected!r}"


def packs(report: Report, store: ObjectStore) -> dict[str, dict[str, Any]]:
    """The arrays of the shard's packed files."""
    found = {}
    for file in report.artifacts:
        with np.load(io.BytesIO(store.get(file.key)), allow_pickle=False) as arrays:
            found[file.name] = {name: arrays[name] for name in arrays.files}
    return found


def assert_alike(found: dict[str, dict[str, Any]], expected: dict[str, dict[str, Any]]) -> None:
    """The same files with the same arrays, whose floats may differ as those of tables may."""
    assert {name: sorted(arrays) for name, arrays in found.items()} == {
        name: sorted(arrays) for name, arrays in expected.items()
    }
    for name, arrays in found.items():
        for what, array in arrays.items():
            wanted, where = expected[name][what], f"{name}: {what}"
            if array.dtype.kind == "f":
                np.testing.assert_allclose(array, wanted, rtol=1e-2, atol=1e-3, err_msg=where)
            else:
                np.testing.assert_array_equal(array, wanted, err_msg=where)


@pytest.fixture
def undisturbed(services: Services) -> tuple[list[dict[str, Any]], Report, dict[str, dict[str, Any]]]:
    job_id = planned(services)
    assert run_step(job_id, STEP, services) == "committed"
    report = stored_report(services.store, job_id, STEP)
    return table(job_id, services), report, packs(report, services.store)


POINTS = st.lists(st.tuples(st.integers(1, PICTURES), st.sampled_from([LEAVES, DIES])), min_size=1, max_size=3)


@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
@given(points=POINTS)
@example(points=[(IMAGES, LEAVES)])
@example(points=[(IMAGES, DIES), (3, DIES), (5, DIES)])
def test_results_are_the_same_wherever_workers_were_ended(
    ending: Services,
    undisturbed: tuple[list[dict[str, Any]], Report, dict[str, dict[str, Any]]],
    points: list[tuple[int, str]],
) -> None:
    rows, report, files = undisturbed
    job_id = planned(ending)
    for puts, way in points:
        attempt(job_id, ending, puts=puts, way=way)
    assert attempt(job_id, ending) in {"committed", "done before"}
    found = stored_report(ending.store, job_id, STEP)
    assert list(differences(table(job_id, ending), rows)) == []
    assert found.counts == report.counts
    assert found.values["randomization"] == report.values["randomization"]
    assert_alike(packs(found, ending.store), files)


def test_a_worker_that_leaves_has_kept_whatever_was_explained(services: Services) -> None:
    here = on(EndingStore(), services)
    job_id = planned(here)
    assert attempt(job_id, here, puts=IMAGES) == "this worker is leaving"
    kept = kept_images.KeptShard.decode(here.store.get(keys.kept(job_id, STEP)))
    done = sum(part.images for part in kept.parts)
    pictures = [info for info in here.store.list(f"jobs/{job_id}/attempts/") if info.key.endswith(".jpg")]
    assert done > 0
    assert len({info.key.rsplit("/", 1)[-1] for info in pictures}) == done, "no picture was drawn in vain"
    assert attempt(job_id, here) == "committed"
    drawn = [info for info in here.store.list(f"jobs/{job_id}/attempts/") if info.key.endswith(".jpg")]
    assert len({info.key.split("/", 5)[-1] for info in drawn}) == len(drawn), "and none twice"


def test_nothing_is_kept_of_a_shard_that_is_committed(ending: Services) -> None:
    job_id = planned(ending)
    attempt(job_id, ending, puts=2 * IMAGES)
    assert attempt(job_id, ending) == "committed"
    assert ending.store.head(keys.kept(job_id, STEP)) is None
    assert not [info for info in ending.store.list(f"jobs/{job_id}/attempts/") if "/kept/" in info.key]


def test_what_was_kept_by_other_code_is_not_adopted(ending: Services) -> None:
    job_id = planned(ending)
    attempt(job_id, ending, puts=2 * IMAGES)
    later = dataclasses.replace(ending, code_version="0.2.0")
    assert attempt(job_id, later) == "committed"
    report = stored_report(ending.store, job_id, STEP)
    assert {picture.split("/")[4] for picture in overlays(job_id, ending)} == {report.attempt}


def test_a_part_that_was_damaged_is_worked_on_again(ending: Services) -> None:
    job_id = planned(ending)
    attempt(job_id, ending, puts=3 * IMAGES)
    kept = kept_images.KeptShard.decode(ending.store.get(keys.kept(job_id, STEP)))
    assert len(kept.parts) > 2
    ending.store.put(kept.parts[1].file.key, b"damaged")
    assert attempt(job_id, ending) == "committed"
    report = stored_report(ending.store, job_id, STEP)
    mine = [key for key in overlays(job_id, ending) if key.split("/")[4] == report.attempt]
    assert len({key.rsplit("/", 1)[-1] for key in mine}) == IMAGES - kept.parts[0].images


class MissingStore(EndingStore):
    """Does not take the first part, once."""

    missed = False

    def put(self, key: str, data: bytes, **options: Any) -> Any:
        if key.endswith("kept/00000.zip") and not self.missed:
            self.missed = True
            raise StoreUnavailable(f"the store does not take {key}")
        return super().put(key, data, **options)


def test_a_part_that_the_store_did_not_take_is_kept_with_the_next(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_images, "KEEP_EVERY_S", 0.0)
    here = on(MissingStore(), services)
    job_id = planned(here)
    assert attempt(job_id, here, puts=3 * IMAGES, way=DIES) == "killed"
    kept = kept_images.KeptShard.decode(here.store.get(keys.kept(job_id, STEP)))
    assert attempt(job_id, here) == "committed"
    report = stored_report(here.store, job_id, STEP)
    mine = [key for key in overlays(job_id, here) if key.split("/")[4] == report.attempt]
    assert len({key.rsplit("/", 1)[-1] for key in mine}) == IMAGES - sum(part.images for part in kept.parts)
    assert [record.index for record in report.records] == list(range(IMAGES))


def overlays(job_id: str, services: Services) -> list[str]:
    """Keys of all pictures that the records name."""
    records = " ".join(row["record"] for row in table_as_it_is(job_id, services))
    return re.findall(r'"key":"([^"]+\.jpg)"', records)


def table_as_it_is(job_id: str, services: Services) -> list[dict[str, Any]]:
    report = stored_report(services.store, job_id, STEP)
    assert report.rows is not None
    return list(pq.read_table(io.BytesIO(services.store.get(report.rows.key))).to_pylist())
