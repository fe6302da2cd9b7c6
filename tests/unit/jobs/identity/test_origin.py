"""What a job starts belongs to its project, and what was submitted before there were projects keeps its meaning."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dispatch.submission import IdempotencyConflict, claim, idempotency_note
from jobs import keys
from jobs.job import USER, Job, Origin
from jobs.specs.spec import spec_adapter
from store.memory import MemoryStore

SPEC = spec_adapter.validate_python(
    {"kind": "train", "dataset": "synthetic_flowers", "backbone": "SmallCNN", "weights": "none"}
)
SWEEP = Job(id="sweep", created_at=datetime(2026, 1, 1, tzinfo=UTC), spec=SPEC, project="rose", submitter="anna")


def test_a_job_that_another_one_starts_has_its_project_and_its_submitter() -> None:
    assert SWEEP.child() == Origin(project="rose", submitter="anna", parent="sweep")


def test_who_submits_is_no_part_of_what_an_idempotency_key_stands_for() -> None:
    store = MemoryStore("claims")
    first = claim("mine", SPEC, store=store, origin=Origin(submitter="anna"))
    assert claim("mine", SPEC, store=store, origin=Origin(submitter="ben")) == first
    with pytest.raises(IdempotencyConflict):
        claim("mine", SPEC, store=store, origin=Origin(parent="sweep"))


def test_what_a_job_was_made_from_is_told_as_before_there_were_projects() -> None:
    assert USER.made_from() is None
    assert SWEEP.child().made_from() == b'{"parent":"sweep","retry_of":null}'


def test_idempotency_keys_of_the_default_project_lie_where_they_always_did() -> None:
    default, rose = (idempotency_note("mine", project=project) for project in ("default", "rose"))
    assert default == keys.idempotency("3fd30542fe3f61b14bd4a4b2dc0b6fb30fa6f63ebce52dd1778aaa8c4dc02cff")
    assert default != rose
