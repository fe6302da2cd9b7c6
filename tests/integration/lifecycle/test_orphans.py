"""A job that was started for one that is over by then is not worked on."""

from __future__ import annotations

from dispatch.submission import request_cancel, submit
from jobs import keys
from jobs.job import Job, JobEnd
from jobs.specs.spec import spec_adapter
from jobs.state import JobState
from tests.integration.lifecycle.conftest import submit_light
from tests.services.light_explanations import light_spec
from workers.lifecycle.run_step import run_step
from workers.step.services import Services


def test_a_child_that_a_stalled_worker_submits_after_the_end_of_its_parent_is_cancelled(light: Services) -> None:
    store, board, queue = light.store, light.board, light.queue
    parent = submit_light(light)
    request_cancel(parent, store=store, board=board, queue=queue)
    run_step(parent, "finalize", light)
    origin = Job.decode(store.get(keys.spec(parent))).child()
    spec = spec_adapter.validate_python(light_spec(8))
    child = submit(spec, store=store, board=board, queue=queue, origin=origin).job.id
    run_step(child, "plan", light)
    run_step(child, "finalize", light)
    assert store.head(keys.plan(child)) is None
    assert JobEnd.decode(store.get(keys.end(child))).state is JobState.CANCELLED
