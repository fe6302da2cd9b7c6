"""The index of jobs where the store refuses some of its objects: the others are noted, packed, merged and listed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from api.readers.jobs.job_index import JobIndex
from dispatch.housekeeping.reference_graph import read_graph
from dispatch.job_index import segments
from dispatch.job_index.build import read_state, rebuild
from dispatch.job_index.entries import entries
from dispatch.job_index.segments import read_segment
from dispatch.rounds import LeadLost
from jobs import keys
from jobs.lists import index_keys
from jobs.lists.index_row import IndexRow, IndexState
from store.base import ObjectStore
from tests.services.refusing_store import RefusingStore
from tests.services.stored_jobs import end_stored_job, store_job
from workers.lifecycle import index_upkeep
from workers.lifecycle.index_upkeep import keep_index


def active(store: ObjectStore) -> set[str]:
    return {keys.job_of_active(info.key) for info in store.list(keys.ACTIVE_PREFIX)}


def test_a_job_that_the_store_refuses_waits_and_the_others_are_packed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "ROWS", 2)
    store = RefusingStore("refusing")
    store.put(index_keys.STATE, IndexState(complete=True).encode())
    packed, refused, silent = (store_job(store, number) for number in range(3))
    for job_id in (packed, refused, silent):
        end_stored_job(store, job_id, noted=job_id != silent)
    store.refused = keys.spec(refused)
    segments.compact(list(entries(store).values()), store, at_least=1)
    assert {row.id for key in segments.segments(store) for row in read_segment(key, store).rows} == {packed, silent}
    assert set(entries(store)) == {refused}
    store.refused = None
    segments.compact(list(entries(store).values()), store, at_least=1)
    assert set(entries(store)) == set()


def test_a_job_that_the_store_refuses_keeps_no_other_from_being_noted_and_settled() -> None:
    store = RefusingStore("refusing")
    store.put(index_keys.STATE, IndexState(complete=True).encode())
    refused, ended, begun, new = (store_job(store, number, noted=number < 2) for number in range(4))
    for job_id in (refused, ended):
        end_stored_job(store, job_id, noted=False)
    for key in (keys.spec(refused), keys.spec(begun)):
        store.refused = key
        keep_index(active(store), store)
    assert {row.state for row in entries(store).values() if row.id == ended} == {"succeeded"}
    assert new in entries(store)


def without_index(store: ObjectStore, number: int) -> list[str]:
    """Jobs that are over, of which no index knows."""
    made = [store_job(store, each, noted=False) for each in range(number)]
    for job_id in made:
        end_stored_job(store, job_id, noted=False)
    return made


def packed_rows(store: ObjectStore) -> set[IndexRow]:
    return {row for key in segments.segments(store) for row in read_segment(key, store).rows}


@pytest.mark.parametrize("document", [keys.spec, keys.end, keys.note])
@pytest.mark.parametrize("make", [lambda store: keep_index(set(), store), rebuild])
def test_an_index_is_made_without_a_job_that_the_store_refuses_and_takes_it_in_later(
    monkeypatch: pytest.MonkeyPatch, document: Callable[[str], str], make: Callable[[ObjectStore], object]
) -> None:
    monkeypatch.setattr(index_upkeep, "compact", partial(segments.compact, at_least=1))
    store = RefusingStore("refusing")
    first, refused, last = without_index(store, 3)
    store.refused = document(refused)
    make(store)
    assert read_state(store).complete
    assert {row.id for row in packed_rows(store)} == {first, last}
    assert [each.row.id for each in JobIndex(store).newest_first()] == [last, refused, first]
    assert refused in read_graph(store).jobs
    keep_index(set(), store)
    store.refused = None
    keep_index(set(), store)
    assert entries(store) == {}
    assert packed_rows(store) == {IndexRow(job_id, "train", "succeeded") for job_id in (first, refused, last)}


def test_what_the_index_knew_of_a_refused_job_is_kept_when_it_is_made_again() -> None:
    store = RefusingStore("refusing")
    job_ids = without_index(store, 3)
    rebuild(store)
    store.refused = keys.job(job_ids[1])
    rebuild(store)
    rows = [each.row for each in JobIndex(store).newest_first()]
    assert rows == [IndexRow(job_id, "train", "succeeded") for job_id in reversed(job_ids)]


@pytest.mark.parametrize("part", [index_keys.SEGMENTS, index_keys.STATE])
def test_lists_are_whole_although_the_store_refuses_a_part_of_the_index(part: str) -> None:
    store = RefusingStore("refusing")
    job_ids = without_index(store, 3)
    rebuild(store)
    index = JobIndex(store)
    (store.refused,) = (info.key for info in store.list(part))
    assert [each.row.id for each in index.newest_first()] == job_ids[::-1]
    store.refused = None
    assert [each.row.kind for each in index.newest_first()] == ["train"] * 3


def test_segments_are_merged_without_one_that_the_store_refuses() -> None:
    store = RefusingStore("refusing")
    rows = [IndexRow(job_id, "train", "succeeded") for job_id in without_index(store, segments.FANOUT)]
    written = [segments.write_segment([row], store, level=0) for row in rows]
    store.refused = written[3]
    segments.merge(store)
    (merged,) = set(segments.segments(store)) - {written[3]}
    assert read_segment(merged, store).rows == tuple(row for row in rows if row != rows[3])


class Leader:
    """Leads until the store has refused something, which it does once."""

    def __init__(self, store: RefusingStore, monkeypatch: pytest.MonkeyPatch) -> None:
        self.leads, self.store = True, store
        monkeypatch.setattr(store, "ping", self.lose)

    def lose(self) -> None:
        self.leads, self.store.refused = False, None

    def renew(self) -> None:
        if not self.leads:
            raise LeadLost("another process leads by now")


@pytest.mark.parametrize("way", ["note", "settle", "pack", "build"])
def test_who_leads_no_longer_after_a_refusal_writes_no_more_of_the_index(
    monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    monkeypatch.setattr(index_upkeep, "compact", partial(segments.compact, at_least=1))
    store = RefusingStore("refusing")
    store.put(index_keys.STATE, IndexState(complete=way != "build").encode())
    job_ids = [store_job(store, number, noted=way in {"settle", "pack"}) for number in range(2)]
    for job_id in job_ids if way != "note" else ():
        end_stored_job(store, job_id, noted=way == "pack")
    before = [info.key for info in store.list("index/")]
    store.refused = f"{keys.JOBS_PREFIX}{job_ids[0][:5]}"  # all of them
    with pytest.raises(LeadLost):
        keep_index(active(store), store, renew=Leader(store, monkeypatch).renew)
    assert [info.key for info in store.list("index/")] == before
