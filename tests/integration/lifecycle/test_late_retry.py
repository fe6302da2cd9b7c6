"""A key that is sent again long after its submission failed, while a round removes what that one left."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dispatch.submission import claim, submit
from jobs import keys
from jobs.specs.spec import spec_adapter
from tests.services.light_explanations import light_spec
from tests.services.refusing_store import RefusingStore
from workers.lifecycle import lost_job
from workers.lifecycle.reconcile import reconcile
from workers.step.services import Services

SPEC = spec_adapter.validate_python(light_spec(8))


@pytest.fixture(autouse=True)
def every_id_is_old(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lost_job, "SUBMISSION_LIMIT_S", -1)


def send(services: Services) -> str:
    submission = submit(SPEC, store=services.store, board=services.board, queue=services.queue, idempotency_key="late")
    return submission.job.id


def meanwhile(
    call: str, key: str, happens: Callable[[], object], store: RefusingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Have something happen just before the first such call about this key."""
    honest = getattr(store, call)

    def late(asked: str, *args: Any, **options: Any) -> Any:
        if asked == key:
            monkeypatch.setattr(store, call, honest)
            happens()
        return honest(asked, *args, **options)

    monkeypatch.setattr(store, call, late)


def test_a_marker_that_a_round_removes_before_the_specification_is_there_comes_back(
    light: Services, store: RefusingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = claim("late", SPEC, store=store)
    removed = []

    def round_and_look() -> None:
        reconcile(light)
        removed.append(store.head(keys.active(job_id)) is None)

    meanwhile("put", keys.spec(job_id), round_and_look, store, monkeypatch)
    assert send(light) == job_id
    assert removed == [True]
    assert store.head(keys.active(job_id)) is not None


def test_a_marker_that_a_round_removes_after_the_specification_came_comes_back(
    light: Services, store: RefusingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = claim("late", SPEC, store=store)
    store.put(keys.active(job_id), b"")
    meanwhile("delete", keys.active(job_id), lambda: send(light), store, monkeypatch)
    reconcile(light)
    assert store.head(keys.active(job_id)) is not None
    assert store.head(keys.spec(job_id)) is not None


def test_a_marker_that_nobody_comes_back_for_is_removed(light: Services, store: RefusingStore) -> None:
    job_id = claim("late", SPEC, store=store)
    store.put(keys.active(job_id), b"")
    reconcile(light)
    assert store.head(keys.active(job_id)) is None
