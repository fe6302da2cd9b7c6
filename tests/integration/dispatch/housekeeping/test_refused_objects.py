"""Cleaning up goes on where the store refuses single objects, and spares what a job may need that it cannot read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dispatch.connection import Connection
from dispatch.housekeeping.clean_up import clean_up
from dispatch.housekeeping.clean_up_plan import CleanUp, planned
from dispatch.housekeeping.delete import StillNeeded, Wish, delete
from dispatch.housekeeping.deletions import deleted_things, is_deleted
from dispatch.housekeeping.reference_graph import read_graph
from dispatch.housekeeping.retention_policies import write_retention
from dispatch.housekeeping.usage_count import count_usage
from dispatch.job_index.entries import entries
from dispatch.submission import idempotency_note
from jobs import keys
from jobs.errors import StoreUnavailable
from jobs.housekeeping import housekeeping_keys
from jobs.housekeeping.retention import Retention
from jobs.housekeeping.thing import dataset_thing, job_thing
from jobs.lists import index_keys
from tests.integration.dispatch.housekeeping.conftest import START, Filled, cleaned, explain

LATER = START + timedelta(days=1)


class Refusals:
    """A store that does not give some of its objects, nor removes those of ``kept``."""

    def __init__(self, filled: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
        self.keys, self.kept = set[str](), set[str]()
        read, seen, remove = filled.store.get, filled.store.list, filled.store.delete

        def get(key: str) -> bytes:
            if key in self.keys or "all" in self.keys:
                raise StoreUnavailable(f"the store refuses {key}")
            return read(key)

        def listed(prefix: str, **options: Any) -> Any:
            if "all" in self.keys and not prefix:
                raise StoreUnavailable("the store does not answer")
            return seen(prefix, **options)

        def delete(key: str) -> None:
            if key in self.keys | self.kept:
                raise StoreUnavailable(f"the store refuses {key}")
            remove(key)

        monkeypatch.setattr(filled.store, "delete", delete)
        monkeypatch.setattr(filled.store, "get", get)
        monkeypatch.setattr(filled.store, "list", listed)


@pytest.fixture
def refusals(filled: Filled, monkeypatch: pytest.MonkeyPatch) -> Refusals:
    return Refusals(filled, monkeypatch)


def deletion_key(job_id: str) -> str:
    return job_thing(job_id).deletion_key


@pytest.mark.parametrize("document", [keys.spec, keys.end])
def test_what_a_refused_job_cannot_use_is_removed(
    filled: Filled, connection: Connection, refusals: Refusals, document: Any
) -> None:
    refused, younger = filled.job(), filled.job(at=LATER)
    delete(Wish(job_thing(younger)), filled.store)
    filled.age(26)
    refusals.keys.add(document(refused))
    assert [each.name for each in cleaned(filled, connection).removed] == [younger]
    assert filled.store.head(keys.spec(refused)) is not None


def test_what_a_refused_job_may_use_waits_until_it_can_be_read(
    filled: Filled, connection: Connection, refusals: Refusals
) -> None:
    filled.folder()
    older = filled.job(explain("another"))
    for thing in (job_thing(older), dataset_thing("mine")):
        delete(Wish(thing), filled.store)
    filled.age(26)
    user = filled.job({"kind": "explain", "model": "another", "dataset": "synthetic_flowers", "split": "test[0:8]"})
    refusals.keys.add(keys.spec(user))
    assert cleaned(filled, connection) == CleanUp()
    assert is_deleted(job_thing(older), filled.store), "nor is it brought back"
    refusals.keys.clear()
    assert {each.thing for each in cleaned(filled, connection).removed} == {job_thing(older), dataset_thing("mine")}


def test_a_refused_job_does_not_expire_and_others_do(
    filled: Filled, connection: Connection, refusals: Refusals
) -> None:
    refused, younger = filled.job(), filled.job(at=LATER)
    write_retention("default", Retention(keep="1d"), filled.store)
    refusals.keys.add(keys.spec(refused))
    assert [each.thing.name for each in cleaned(filled, connection).expired] == [younger]


def test_a_packed_job_of_which_a_document_is_refused_stays_and_others_expire(
    filled: Filled, connection: Connection, refusals: Refusals
) -> None:
    ended, noted, removed, other = (filled.job(explain("another")) for _ in range(4))
    filled.pack()
    write_retention("default", Retention(keep="1d", heatmaps="1h"), filled.store)
    refusals.keys |= {keys.end(ended), keys.note(noted), keys.heatmaps_removed(removed)}
    plan = planned(filled.store, now=datetime.now(UTC))
    assert {each.thing.name for each in plan.expired} == {removed, other}
    assert cleaned(filled, connection).expired == plan.expired


def test_heatmaps_that_a_refused_job_may_need_stay(filled: Filled, refusals: Refusals) -> None:
    older, younger = filled.job(explain("another")), filled.job(explain("another"), at=LATER)
    refused = filled.job()
    filled.store.put(keys.active(refused), b"")
    write_retention("default", Retention(heatmaps="1d"), filled.store)
    refusals.keys.add(keys.spec(refused))
    plan = planned(filled.store, now=datetime.now(UTC))
    assert [each.thing.name for each in plan.heatmaps] == [younger]
    assert older in read_graph(filled.store).jobs


def test_nobody_deletes_what_a_refused_job_may_use(filled: Filled, refusals: Refusals) -> None:
    filled.folder()
    refused = filled.job(at=LATER)
    older = filled.job()
    refusals.keys.add(keys.spec(refused))
    for thing in (job_thing(older), dataset_thing("mine")):
        with pytest.raises(StillNeeded, match=refused):
            delete(Wish(thing, with_dependents=True), filled.store)
    assert deleted_things(filled.store) == frozenset()


def test_who_is_refused_a_deletion_is_told_of_the_store_and_of_no_project_that_others_see(
    filled: Filled, refusals: Refusals
) -> None:
    older = filled.job(project="rose")
    known, of_others = filled.job(project="rose", at=LATER), filled.job(project="tulip", at=LATER)
    refusals.keys |= {keys.spec(known), keys.spec(of_others)}
    wish = Wish(job_thing(older), projects=frozenset({"rose"}))
    with pytest.raises(StillNeeded, match="the store does not give") as told:
        delete(wish, filled.store)
    assert known in str(told.value)
    assert of_others not in str(told.value)
    refusals.keys.remove(keys.spec(known))
    with pytest.raises(StillNeeded, match="the store does not give") as told:
        delete(wish, filled.store)
    assert of_others not in str(told.value)


def test_a_deletion_or_a_rule_that_is_refused_is_passed_over(
    filled: Filled, connection: Connection, refusals: Refusals
) -> None:
    first, second = (filled.job(project="rose") for _ in range(2))
    for job_id in (first, second):
        delete(Wish(job_thing(job_id)), filled.store)
    filled.age(26)
    write_retention("default", Retention(keep="1d"), filled.store)
    kept = filled.job()
    refusals.keys |= {job_thing(first).deletion_key, housekeeping_keys.retention("default")}
    assert [each.name for each in cleaned(filled, connection).removed] == [second]
    assert not is_deleted(job_thing(kept), filled.store)


def test_a_refused_segment_of_the_index_is_read_from_its_jobs(filled: Filled, refusals: Refusals) -> None:
    job_id = filled.job()
    filled.pack()
    refusals.keys |= {info.key for info in filled.store.list(index_keys.SEGMENTS)}
    assert set(read_graph(filled.store).jobs) == {job_id}


@pytest.mark.parametrize("left", [lambda job_id: keys.report(job_id, "train"), keys.spec, deletion_key])
def test_what_the_store_does_not_let_go_stays_deleted_and_others_are_removed(
    filled: Filled, connection: Connection, refusals: Refusals, left: Any
) -> None:
    jobs = filled.due(3)
    refusals.kept = {left(jobs[1])}
    assert {each.name for each in cleaned(filled, connection).removed} == {jobs[0], jobs[2]}
    assert deleted_things(filled.store) == {job_thing(jobs[1])}
    refusals.kept.clear()
    assert [each.name for each in cleaned(filled, connection).removed] == [jobs[1]]
    assert list(filled.store.list(keys.JOBS_PREFIX)) == []


def test_a_refused_key_of_a_submission_keeps_no_job_from_being_removed(
    filled: Filled, connection: Connection, refusals: Refusals
) -> None:
    jobs = filled.due(3)
    refusals.keys = {idempotency_note(jobs[1], project="default")}
    assert {each.name for each in cleaned(filled, connection).removed} == set(jobs)
    assert {info.key for info in filled.store.list(keys.IDEMPOTENCY_PREFIX)} == refusals.keys


@pytest.mark.parametrize("way", ["keys", "kept"])
def test_a_refused_part_of_the_index_keeps_no_job_from_being_removed(
    filled: Filled, connection: Connection, refusals: Refusals, way: str
) -> None:
    packed = filled.due(2)
    filled.pack()
    noted = filled.due(2)
    refused = {info.key for info in filled.store.list(index_keys.SEGMENTS)}
    refused.add(next(info.key for info in filled.store.list(index_keys.entries(noted[0]))))
    setattr(refusals, way, refused)
    assert {each.name for each in cleaned(filled, connection).removed} == {*packed, *noted}
    assert set(entries(filled.store)) == {noted[0]}


def test_a_refused_deletion_of_what_is_over_keeps_no_other_from_expiring(
    filled: Filled, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = filled.job(), filled.job()
    write_retention("default", Retention(keep="1d"), filled.store)
    write = filled.store.put

    def put(key: str, data: bytes, **options: Any) -> Any:
        if key == deletion_key(second):
            raise StoreUnavailable(f"the store refuses {key}")
        return write(key, data, **options)

    monkeypatch.setattr(filled.store, "put", put)
    assert [each.thing.name for each in cleaned(filled, connection).expired] == [first]


@pytest.mark.parametrize("key", [housekeeping_keys.SHARED_RETENTION, index_keys.STATE])
def test_a_round_goes_on_without_a_refused_document_of_the_installation(
    filled: Filled, connection: Connection, refusals: Refusals, key: str
) -> None:
    (job_id,) = filled.due(1)
    write_retention("default", Retention(uploads="1d"), filled.store)
    refusals.keys.add(key)
    assert [each.name for each in cleaned(filled, connection).removed] == [job_id]


def test_what_lies_there_is_counted_without_what_is_refused(filled: Filled, refusals: Refusals) -> None:
    refusals.keys.add(keys.spec(filled.job(project="rose")))
    assert {(each.project, each.kind) for each in count_usage(filled.store).items} >= {("rose", "train")}


def test_a_store_that_does_not_answer_ends_the_round(
    filled: Filled, connection: Connection, refusals: Refusals
) -> None:
    filled.job()
    refusals.keys.add("all")
    with pytest.raises(StoreUnavailable):
        clean_up(filled.store, connection.board, now=datetime.now(UTC))
