"""What is archived, or may be, is left alone by every rule of retention, whatever happens meanwhile."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dispatch.connection import Connection
from dispatch.housekeeping import clean_up as clean_up_module
from dispatch.housekeeping.archive import is_archived, set_archived
from dispatch.housekeeping.clean_up import clean_up
from dispatch.housekeeping.clean_up_plan import CleanUp, planned
from dispatch.housekeeping.deletions import deleted_things
from dispatch.housekeeping.retention_policies import write_retention
from dispatch.remarks import UnreadableRemarks, write_remarks
from jobs import keys
from jobs.housekeeping.retention import Retention
from jobs.housekeeping.thing import job_thing
from tests.integration.dispatch.housekeeping.conftest import Filled, explain

OLD = timedelta(days=100)
UNREADABLE: dict[str, Callable[[bytes], bytes]] = {
    "of a later release": lambda data: json.dumps({**json.loads(data), "schema_version": 99}).encode(),
    "damaged": lambda data: data[: len(data) // 2],
}


def old_job(filled: Filled, **of: Any) -> str:
    return filled.job(explain("another"), at=datetime.now(UTC) - OLD, **of)


def with_heatmap(filled: Filled, job_id: str) -> str:
    """The job, and the key of a picture that it made."""
    return filled.store.put(keys.attempt(job_id, "shard-00000", "1") + "a.jpg/gradcam.jpg", b"file").key


def unreadable_remarks(filled: Filled, job_id: str, kind: str) -> bytes:
    write_remarks(job_id, {"name": "kept", "archived": True}, filled.store)
    data = UNREADABLE[kind](filled.store.get(keys.note(job_id)))
    filled.store.put(keys.note(job_id), data)
    return data


def archived_once_planned(job_id: str, filled: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let somebody archive a job after a round of cleaning up has made its plan."""

    def plan_and_archive(*args: Any, **named: Any) -> CleanUp:
        plan = planned(*args, **named)
        assert plan.expired or plan.heatmaps
        set_archived(job_thing(job_id), filled.store, archived=True)
        return plan

    monkeypatch.setattr(clean_up_module, "planned", plan_and_archive)


@pytest.mark.parametrize("kind", UNREADABLE)
@pytest.mark.parametrize("rule", [Retention(keep="90d"), Retention(heatmaps="30d")])
def test_a_job_whose_remarks_cannot_be_read_stays(filled: Filled, kind: str, rule: Retention) -> None:
    unreadable_remarks(filled, old_job(filled), kind)
    write_retention("default", rule, filled.store)
    assert planned(filled.store, now=datetime.now(UTC)) == CleanUp()


@pytest.mark.parametrize("kind", UNREADABLE)
def test_remarks_that_cannot_be_read_are_not_replaced(filled: Filled, kind: str) -> None:
    job_id = old_job(filled)
    data = unreadable_remarks(filled, job_id, kind)
    with pytest.raises(UnreadableRemarks, match=job_id):
        write_remarks(job_id, {"name": "another"}, filled.store)
    for archived in (True, False):
        with pytest.raises(UnreadableRemarks):
            set_archived(job_thing(job_id), filled.store, archived=archived)
    assert filled.store.get(keys.note(job_id)) == data
    assert is_archived(job_thing(job_id), filled.store)


def test_a_job_that_is_archived_while_cleaning_up_is_under_way_stays(
    filled: Filled, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = old_job(filled)
    write_retention("default", Retention(keep="90d"), filled.store)
    archived_once_planned(job_id, filled, monkeypatch)
    assert clean_up(filled.store, connection.board, now=datetime.now(UTC)) == CleanUp()
    assert deleted_things(filled.store) == frozenset()


def test_heatmaps_of_a_job_that_is_archived_while_cleaning_up_is_under_way_stay(
    filled: Filled, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = old_job(filled)
    picture = with_heatmap(filled, job_id)
    write_retention("default", Retention(heatmaps="30d"), filled.store)
    archived_once_planned(job_id, filled, monkeypatch)
    assert clean_up(filled.store, connection.board, now=datetime.now(UTC)) == CleanUp()
    assert filled.store.head(picture) is not None


def test_heatmaps_stay_of_which_a_comparison_is_submitted_while_cleaning_up_is_under_way(
    filled: Filled, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = old_job(filled)
    picture = with_heatmap(filled, job_id)
    write_retention("default", Retention(heatmaps="30d"), filled.store)

    def plan_and_compare(*args: Any, **named: Any) -> CleanUp:
        plan = planned(*args, **named)
        other = filled.job(explain("another"), at=datetime.now(UTC))
        compares = filled.job({"kind": "compare", "first": f"job:{job_id}", "second": f"job:{other}"})
        filled.store.put(keys.active(compares), b"")
        return plan

    monkeypatch.setattr(clean_up_module, "planned", plan_and_compare)
    assert clean_up(filled.store, connection.board, now=datetime.now(UTC)) == CleanUp()
    assert filled.store.head(picture) is not None


def test_a_sweep_stays_while_one_of_its_trials_is_archived(filled: Filled, connection: Connection) -> None:
    sweep = old_job(filled)
    trial = old_job(filled, parent=sweep)
    set_archived(job_thing(trial), filled.store, archived=True)
    write_retention("default", Retention(keep="90d"), filled.store)
    assert clean_up(filled.store, connection.board, now=datetime.now(UTC)) == CleanUp()
    set_archived(job_thing(trial), filled.store, archived=False)
    clean_up(filled.store, connection.board, now=datetime.now(UTC))
    assert deleted_things(filled.store) == {job_thing(sweep), job_thing(trial)}
