"""A job that a later release wrote, among jobs of this one: nobody harms it, and it harms nobody."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from ulid import ULID

from jobs import keys
from jobs.job import Job
from jobs.specs.spec import spec_adapter
from jobs.value import SCHEMA_VERSION
from tests.faults.onlooker import Onlooker, assert_kept
from tests.services.light_explanations import light_spec
from tests.services.light_stack import FaultyStack
from tests.services.stack import QUICK

pytestmark = pytest.mark.kill
OWN, LATER = f'"schema_version":{SCHEMA_VERSION}'.encode(), f'"schema_version":{SCHEMA_VERSION + 1}'.encode()
FOUND_AFTER_S = 2.5 * float(QUICK["LOST_AFTER_S"])
"""By then, reconciliation has missed its first step."""


def test_a_job_of_a_later_release_is_left_alone_and_holds_up_nobody(faulty: FaultyStack, onlooker: Onlooker) -> None:
    job = Job(id=str(ULID()).lower(), created_at=datetime.now(UTC), spec=spec_adapter.validate_python(light_spec(4)))
    written = job.encode().replace(OWN, LATER)
    assert LATER in written
    faulty.store.put(keys.active(job.id), b"")
    faulty.store.put(keys.spec(job.id), written)
    began = time.monotonic()
    for _ in range(2):
        onlooker.submit(12, image_ms=300)
    assert_kept(onlooker)
    time.sleep(max(0, began + FOUND_AFTER_S - time.monotonic()))
    listed = {row["id"]: row for row in faulty.stack.http.get(f"{faulty.stack.url}/v1/jobs").json()["items"]}
    assert "newer version" in listed[job.id]["error"]["message"]
    assert faulty.store.get(keys.spec(job.id)) == written
    assert faulty.store.head(keys.active(job.id)) is not None
    assert faulty.store.head(keys.end(job.id)) is None
    faulty.store.delete(keys.active(job.id))
