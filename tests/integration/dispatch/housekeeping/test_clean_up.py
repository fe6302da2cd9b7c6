"""What was deleted a day ago is removed, what is kept no longer is deleted, and nothing that is needed goes."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from dispatch.connection import Connection
from dispatch.housekeeping.archive import set_archived
from dispatch.housekeeping.clean_up import clean_up
from dispatch.housekeeping.clean_up_plan import CleanUp, planned
from dispatch.housekeeping.delete import StillNeeded, Wish, delete, restore
from dispatch.housekeeping.deletions import is_deleted, write_deletion
from dispatch.housekeeping.reference_graph import KnownJob, read_graph
from dispatch.housekeeping.retention_policies import write_retention
from dispatch.job_index.build import rebuild
from dispatch.job_index.segments import read_segment, segments
from dispatch.rounds import CLEANER
from jobs import keys
from jobs.housekeeping import housekeeping_keys
from jobs.housekeeping.deletion import Deletion
from jobs.housekeeping.retention import Retention
from jobs.housekeeping.thing import Thing, dataset_thing, job_thing, upload_thing
from jobs.identity import identity_keys
from jobs.lists import index_keys
from jobs.lists.index_row import IndexState
from store.memory import MemoryStore
from tests.integration.dispatch.housekeeping.conftest import Filled, cleaned, explain
from tests.services.counting_store import CountingStore
from tests.services.disturbed_store import Disturbed


def mentions(filled: Filled, name: str) -> list[str]:
    """Keys that name a thing, and documents that do; the audit log may."""
    found = (info.key for info in filled.store.list("") if not info.key.startswith(identity_keys.AUDIT_PREFIX))
    return [key for key in found if name in key or name.encode() in filled.store.get(key)]


@pytest.mark.parametrize("packed", [False, True])
def test_a_day_after_its_deletion_nothing_of_a_job_is_left(
    filled: Filled, connection: Connection, packed: bool
) -> None:
    job_id, kept = filled.model(filled.job()), filled.job()
    if packed:
        filled.pack()
    delete(Wish(job_thing(job_id)), filled.store)
    assert cleaned(filled, connection).removed == []
    filled.age(26)
    assert [each.name for each in cleaned(filled, connection).removed] == [job_id]
    assert mentions(filled, job_id) == []
    assert mentions(filled, kept)
    assert cleaned(filled, connection) == CleanUp()


def test_between_the_end_of_undoing_and_the_removal_lies_an_hour(filled: Filled, connection: Connection) -> None:
    job_id = filled.job()
    delete(Wish(job_thing(job_id)), filled.store)
    filled.age(24.5)
    with pytest.raises(StillNeeded, match="24 hours"):
        restore(job_thing(job_id), filled.store)
    assert cleaned(filled, connection).removed == []


def test_a_folder_goes_with_its_record_and_its_pictures(filled: Filled, connection: Connection) -> None:
    filled.folder("mine")
    filled.folder("mine-too")
    filled.store.put(keys.dataset_record("mine"), b"{}")
    set_archived(dataset_thing("mine"), filled.store, archived=True)
    delete(Wish(dataset_thing("mine")), filled.store)
    filled.age(26)
    cleaned(filled, connection)
    assert {info.key.split("/")[1] for info in filled.store.list(keys.DATASETS_PREFIX)} == {"mine-too"}
    assert [key for key in mentions(filled, "mine") if "mine-too" not in key] == []


def test_a_deleted_thing_that_a_job_refers_to_comes_back(filled: Filled, connection: Connection) -> None:
    """As when a job was submitted in the very moment of the deletion."""
    filled.folder()
    model = filled.model(filled.job())
    filled.job(explain(model))
    for thing in (job_thing(model), dataset_thing("mine")):
        at = datetime.now(UTC) - timedelta(hours=30)
        mark = {"kind": thing.kind, "name": thing.name, "root_kind": thing.kind, "root_name": thing.name}
        write_deletion(Deletion(**mark, project="default", at=at), filled.store)
    found = cleaned(filled, connection)
    assert {each.thing for each in found.needed} == {job_thing(model), dataset_thing("mine")}
    assert not is_deleted(job_thing(model), filled.store)
    assert filled.store.head(keys.file(model, "attempts/train/1/model.keras"))


def test_trials_go_and_come_with_their_sweep_and_not_alone(filled: Filled, connection: Connection) -> None:
    sweep = filled.job()
    trial = filled.job(parent=sweep)
    with pytest.raises(StillNeeded, match=sweep):
        delete(Wish(job_thing(trial)), filled.store)
    assert [each.name for each in delete(Wish(job_thing(sweep)), filled.store)] == [sweep, trial]
    assert restore(job_thing(sweep), filled.store) == [job_thing(trial), job_thing(sweep)]
    delete(Wish(job_thing(sweep)), filled.store)
    filled.age(26)
    cleaned(filled, connection)
    assert mentions(filled, sweep) + mentions(filled, trial) == []


def test_an_import_comes_back_without_the_upload_that_it_was_made_of(filled: Filled) -> None:
    upload, sha256 = upload_thing("0" * 64, "default"), "0" * 64
    filled.store.put(keys.upload(sha256), b"PK model")
    job_id = filled.job({"kind": "import", "upload": sha256, "preprocessing": "none", "classes": 2})
    delete(Wish(upload), filled.store)
    delete(Wish(job_thing(job_id)), filled.store)
    assert restore(job_thing(job_id), filled.store) == [job_thing(job_id)]


@pytest.mark.parametrize("jobs", [8, 16])
def test_each_due_job_is_held_against_those_alone_that_may_need_it(
    filled: Filled, monkeypatch: pytest.MonkeyPatch, jobs: int
) -> None:
    made = [filled.job() for _ in range(jobs)]
    users = [filled.job(explain(job_id)) for job_id in made]
    for job_id in (*users, *made):
        delete(Wish(job_thing(job_id)), filled.store)
    filled.age(26)
    asked, refers = list[str](), KnownJob.refers

    def counted(job: KnownJob, thing: Thing) -> bool:
        asked.append(job.row.id)
        return refers(job, thing)

    monkeypatch.setattr(KnownJob, "refers", counted)
    assert len(planned(filled.store, now=datetime.now(UTC)).removed) == 2 * jobs
    assert len(asked) <= 2 * jobs, "one for each user in either of two looks"


def test_jobs_are_listed_once_however_many_are_deleted(connection: Connection) -> None:
    calls = {}
    for jobs in (8, 16):
        filled = Filled(counted := CountingStore(MemoryStore(f"of {jobs}")))
        filled.store.put(index_keys.STATE, IndexState(complete=True).encode())
        write_retention("default", Retention(keep="1d"), filled.store)
        for _ in range(jobs):
            filled.job(at=datetime.now(UTC) - timedelta(days=2))
        filled.pack()
        counted.calls.clear()
        assert len(cleaned(filled, connection).expired) == jobs
        calls[jobs] = Counter(counted.calls)
    assert [each[f"get {index_keys.STATE}"] for each in calls.values()] == [1, 1]
    assert calls[16].total() <= 2 * calls[8].total()


def test_one_that_is_used_by_a_job_submitted_meanwhile_stays(filled: Filled) -> None:
    model = filled.model(filled.job())
    graph = read_graph(filled.store)
    filled.store.put(keys.active(user := filled.job(explain(model))), b"")
    with pytest.raises(StillNeeded, match=user):
        delete(Wish(job_thing(model)), filled.store, graph=graph)


def test_one_process_cleans_up_at_a_time(filled: Filled, connection: Connection) -> None:
    with connection.board.rounds.lead(what=CLEANER):
        assert clean_up(filled.store, connection.board, now=datetime.now(UTC)) is None


def test_what_there_was_no_time_for_is_done_by_the_next_round(filled: Filled, connection: Connection) -> None:
    job_id = filled.job()
    delete(Wish(job_thing(job_id)), filled.store)
    filled.age(26)
    hurried = clean_up(filled.store, connection.board, now=datetime.now(UTC), for_s=0)
    assert hurried == CleanUp()
    assert is_deleted(job_thing(job_id), filled.store)
    cleaned(filled, connection)
    assert mentions(filled, job_id) == []


def test_jobs_are_deleted_after_their_time_but_for_what_is_archived_or_used(
    filled: Filled, connection: Connection
) -> None:
    write_retention("default", Retention(keep="90d", models="1w"), filled.store)
    now = datetime.now(UTC)
    used, unused = (
        filled.model(filled.job(at=now - timedelta(days=100))),
        filled.model(filled.job(at=now - timedelta(days=100))),
    )
    user = filled.job(explain(used), at=now - timedelta(days=89))
    old, archived = (filled.job(explain("another"), at=now - timedelta(days=91)) for _ in range(2))
    others = filled.job(at=now - timedelta(days=900), project="rose")
    set_archived(job_thing(archived), filled.store, archived=True)
    dry = planned(filled.store, now=now)
    assert {each.thing.name for each in dry.expired} == {old, unused}
    assert not list(filled.store.list(housekeeping_keys.DELETIONS_PREFIX)), "a dry run changes nothing"
    found = cleaned(filled, connection)
    assert found.expired == dry.expired
    assert {each.why for each in found.expired} == {"kept for 90d", "kept for 1w"}
    assert [is_deleted(job_thing(each), filled.store) for each in (used, user, archived, others)] == [False] * 4
    assert restore(job_thing(old), filled.store) == [job_thing(old)]


def test_each_removal_is_an_event_of_the_audit_log(filled: Filled, connection: Connection) -> None:
    job_id = filled.job()
    delete(Wish(job_thing(job_id)), filled.store)
    filled.age(26)
    cleaned(filled, connection)
    events = [filled.store.get(info.key) for info in filled.store.list(identity_keys.AUDIT_PREFIX)]
    assert len(events) == 1
    assert f"job {job_id}".encode() in events[0]


def test_heatmaps_go_sooner_than_tables_and_stay_gone(filled: Filled, connection: Connection) -> None:
    write_retention("default", Retention(heatmaps="30d"), filled.store)
    now = datetime.now(UTC)
    old, young = (filled.job(explain("another"), at=now - timedelta(days=days)) for days in (31, 29))
    needed = filled.job(explain("another"), at=now - timedelta(days=40))
    user = filled.job({"kind": "compare", "first": f"job:{needed}", "second": f"job:{young}"})
    filled.store.put(keys.active(user), b"")
    for job_id in (old, young, needed):
        for name in ("a.jpg/gradcam.jpg", "gradcam.npz", "images.parquet", "gallery.npz", "features.npz"):
            filled.store.put(keys.attempt(job_id, "shard-00000", "1") + name, b"file")
    assert [each.thing.name for each in planned(filled.store, now=now).heatmaps] == [old]
    assert [each.thing.name for each in cleaned(filled, connection).heatmaps] == [old]
    assert cleaned(filled, connection).heatmaps == []
    shard = keys.attempt(old, "shard-00000", "1")
    left = {info.key.removeprefix(shard) for info in filled.store.list(shard)}
    assert left == {"images.parquet", "gallery.npz", "features.npz"}
    assert len(list(filled.store.list(keys.attempt(young, "shard-00000", "1")))) == 5
    assert len(list(filled.store.list(keys.attempt(needed, "shard-00000", "1")))) == 5


def test_a_job_that_is_removed_while_the_index_is_made_again_leaves_nothing_there(
    filled: Filled, connection: Connection
) -> None:
    kept, (removed,) = filled.job(), filled.due(1)
    filled.pack()
    rebuild(Disturbed(filled.store, happens=lambda: cleaned(filled, connection), name="put"))
    assert filled.store.head(keys.spec(removed)) is None
    assert {row.id for key in segments(filled.store) for row in read_segment(key, filled.store).rows} == {kept}
