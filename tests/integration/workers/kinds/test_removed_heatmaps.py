"""Jobs that build on an explanation whose pictures and raw maps were removed by the rule of its project."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from dispatch.connection import Connection
from dispatch.housekeeping.expired import Expired
from dispatch.housekeeping.heatmaps import remove_heatmaps
from jobs.housekeeping.thing import job_thing
from jobs.state import JobState
from store.base import ObjectStore
from store.memory import MemoryStore
from tests.services.audits import explained, findings_of, run_all, submit_audit
from tests.services.comparisons import found_by, images
from tests.services.planted_square import DATASET, MODEL, publish, put_pictures
from tests.services.stored_results import store_results
from tests.services.worker_services import services_on
from workers.step.services import Services

RULE = "heatmaps kept for 30d"


def remove(store: ObjectStore, job_id: str, *, until_the_end: bool = True) -> None:
    expired, left = Expired(job_thing(job_id), "default", RULE), iter([True])
    remove_heatmaps(expired, store, now=datetime.now(UTC), go_on=lambda: until_the_end or next(left, False))


@pytest.fixture
def made_up(connection: Connection) -> Services:
    """A worker whose store holds two explanations."""
    services = services_on(connection, MemoryStore("worker"))
    store_results(services.store, "one", images(right=6, wrong=4, values={"focus": 0.2}))
    store_results(services.store, "other", images(right=4, wrong=6, values={"focus": 0.3}))
    return services


@pytest.mark.parametrize("until_the_end", [True, False])
def test_all_but_the_maps_is_compared(made_up: Services, until_the_end: bool) -> None:
    remove(made_up.store, "other", until_the_end=until_the_end)
    found = found_by(made_up)
    assert found.accuracy is not None
    assert (found.accuracy.fixed, found.accuracy.broken) == (0, 2)
    assert {each.measure for each in found.measures} == {"confidence", "focus"}
    assert (found.maps[0].missing, found.maps[0].correlation) == (10, None)
    assert f"Maps of gradcam are not compared: those of the second job were removed ({RULE})." in found.left_out
    assert len(found.broken) == 2


def test_an_audit_says_that_it_had_no_maps(services: Services, tmp_path: Path) -> None:
    put_pictures(services.store)
    publish(services.store, tmp_path)
    squares = {"model": MODEL, "dataset": DATASET, "split": "all"}
    explanation = explained(services, **squares)
    remove(services.store, explanation)
    asked = {"training_split": None, "looks_for": ["shortcuts"], "shard_size": 64}
    job_id = submit_audit(services, **squares, **asked, explanation=f"job:{explanation}")
    end = run_all(services, job_id)
    assert (end.state, end.error) == (JobState.SUCCEEDED, None)
    why = {each.what: each.why for each in findings_of(services, job_id).left_out}
    assert why["shortcuts by their place in maps"] == f"the maps of explanation {explanation} were removed ({RULE})"
