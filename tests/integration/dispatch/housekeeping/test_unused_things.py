"""Uploads and features that nothing refers to are deleted when their time is over, and can be restored for a day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dispatch.connection import Connection
from dispatch.housekeeping import clean_up as clean_up_module
from dispatch.housekeeping.clean_up_plan import CleanUp, planned
from dispatch.housekeeping.delete import restore
from dispatch.housekeeping.deletions import deleted_things, remove_deletion
from dispatch.housekeeping.retention_policies import write_retention, write_shared_retention
from jobs import keys
from jobs.housekeeping.retention import Retention, SharedRetention
from jobs.housekeeping.thing import Thing, ThingKind, upload_thing
from tests.integration.dispatch.housekeeping.conftest import Filled, cleaned

OLD, USED, OTHERS = "a" * 64, "b" * 64, "c" * 64
FEATURES = Thing(ThingKind.FEATURES, "d" * 64)


def later(days: float) -> datetime:
    return datetime.now(UTC) + timedelta(days=days)


def fill(filled: Filled) -> str:
    """Three uploads, one of another project, and features; gives the import, not over, that uses one of them."""
    for sha256, project in ((OLD, "default"), (USED, "default"), (OTHERS, "rose")):
        filled.store.put(keys.upload(sha256, project), b"PK model")
    filled.store.put(keys.features(FEATURES.name), b"features")
    job_id = filled.job({"kind": "import", "upload": USED, "preprocessing": "none", "classes": 2})
    filled.store.put(keys.active(job_id), b"")
    return job_id


def test_without_a_rule_they_stay(filled: Filled) -> None:
    fill(filled)
    assert planned(filled.store, now=later(4000)) == CleanUp()


def test_an_upload_goes_after_the_time_of_its_project_unless_an_import_needs_it(
    filled: Filled, connection: Connection
) -> None:
    job_id = fill(filled)
    write_retention("default", Retention(uploads="7d"), filled.store)
    assert planned(filled.store, now=later(6.9)).unused == []
    dry = planned(filled.store, now=later(7.1)).unused
    assert [(each.thing, each.project, each.why) for each in dry] == [
        (upload_thing(OLD, "default"), "default", "uploads kept for 7d")
    ]
    assert deleted_things(filled.store) == frozenset(), "a dry run changes nothing"
    assert cleaned(filled, connection, days=7.1).unused == dry
    assert deleted_things(filled.store) == {upload_thing(OLD, "default")}
    filled.store.delete(keys.active(job_id))
    assert [each.thing for each in cleaned(filled, connection, days=7.1).unused] == [upload_thing(USED, "default")]


def test_features_go_by_the_rule_of_the_installation(filled: Filled, connection: Connection) -> None:
    fill(filled)
    write_shared_retention(SharedRetention(features="8w"), filled.store)
    assert planned(filled.store, now=later(55)).unused == []
    (found,) = cleaned(filled, connection, days=57).unused
    assert (found.thing, found.project, found.why) == (FEATURES, "", "features kept for 8w")


def test_what_went_can_be_restored_for_a_day_and_is_then_removed(filled: Filled, connection: Connection) -> None:
    fill(filled)
    write_retention("default", Retention(uploads="7d"), filled.store)
    thing = cleaned(filled, connection, days=8).unused[0].thing
    assert restore(thing, filled.store) == [thing]
    assert [each.thing for each in cleaned(filled, connection, days=8).unused] == [thing]
    filled.age(26)
    assert [each.thing for each in cleaned(filled, connection, days=0).removed] == [thing]
    assert filled.store.head(keys.upload(OLD, "default")) is None
    assert filled.store.head(keys.upload(USED, "default")) is not None


def test_what_is_sent_again_begins_anew(filled: Filled) -> None:
    fill(filled)
    write_retention("default", Retention(uploads="1h"), filled.store)
    assert planned(filled.store, now=later(1)).unused
    filled.store.put(keys.upload(OLD, "default"), b"PK model")
    assert planned(filled.store, now=datetime.now(UTC)).unused == []


def sent_again_once_planned(filled: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a round of cleaning up find that the upload was sent again after it had made its plan."""

    def plan_and_send(*args: Any, **named: Any) -> CleanUp:
        plan = planned(*args, **named)
        filled.store.put(keys.upload(OLD, "default"), b"PK model")
        remove_deletion(upload_thing(OLD, "default"), filled.store)
        return plan

    monkeypatch.setattr(clean_up_module, "planned", plan_and_send)


def test_what_is_sent_again_while_it_is_about_to_be_deleted_stays_seen(
    filled: Filled, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(filled)
    write_retention("default", Retention(uploads="7d"), filled.store)
    sent_again_once_planned(filled, monkeypatch)
    assert cleaned(filled, connection, days=8).unused == []
    assert deleted_things(filled.store) == frozenset()


def test_what_is_sent_again_while_it_is_about_to_be_removed_stays(
    filled: Filled, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(filled)
    write_retention("default", Retention(uploads="7d"), filled.store)
    assert cleaned(filled, connection, days=8).unused
    filled.age(26)
    sent_again_once_planned(filled, monkeypatch)
    assert cleaned(filled, connection, days=0).removed == []
    assert filled.store.head(keys.upload(OLD, "default")) is not None
