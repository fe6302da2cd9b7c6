"""A job that another one has started is found again, whatever a later release makes of its specification."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from dispatch.submission import submit
from jobs import keys
from jobs.job import Job, Problem
from jobs.models.model import PublishedModel
from jobs.plan import Plan
from jobs.results.started_explanation import StartedExplanation
from jobs.specs.audit_spec import AuditSpec
from jobs.specs.explain_spec import ExplainSpec
from jobs.specs.spec import spec_adapter
from jobs.specs.sweep_spec import SweepSpec
from jobs.specs.train_spec import TrainSpec
from jobs.state import JobState
from tests.services.light_explanations import DATASET, MODEL
from tests.services.refusing_store import RefusingStore
from workers.kinds.audit.given import explanation
from workers.kinds.sweep import run_sweep
from workers.lifecycle.end_job import end_unfinished
from workers.step.interruption import Waiting
from workers.step.pulse import Pulse
from workers.step.services import Services
from workers.step.step_context import StepContext

AUDIT = {"kind": "audit", "model": MODEL, "dataset": DATASET, "split": "test[0:8]"}
SWEEP = {
    "kind": "sweep",
    "base": {"dataset": DATASET, "backbone": "SmallCNN", "weights": "none"},
    "grid": {"seed": [0, 1]},
}
Change = Callable[[RefusingStore, pytest.MonkeyPatch], object]


def released(_: RefusingStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A release writes the specifications of children in another way."""
    for kind in (ExplainSpec, TrainSpec):
        before = kind.encode
        monkeypatch.setattr(kind, "encode", lambda spec, before=before: before(spec) + b" ")


def forgotten(store: RefusingStore, _: pytest.MonkeyPatch) -> None:
    """A rule of the bucket removes the notes of keys."""
    for info in list(store.list("idempotency/")):
        store.delete(info.key)


def context_of(light: Services, store: RefusingStore, document: dict[str, Any], step: str) -> StepContext:
    """A step of such a job, as a worker is given it."""
    spec = spec_adapter.validate_python(document)
    job = submit(spec, store=store, board=light.board, queue=light.queue).job
    now, model = datetime.now(UTC), PublishedModel.decode(store.get(keys.model(MODEL)))
    plan = Plan(job_id=job.id, kind=spec.kind, created_at=now, total=1, unit="images", model=model)
    store.put(keys.plan(job.id), plan.encode())
    lease = light.leases.take(job.id, step, token="attempt")
    assert lease is not None
    pulse = Pulse(light, job, lease, total=None, unit="")
    return StepContext(light, job, plan, step, "attempt", now, 0, pulse)


def audited(light: Services, store: RefusingStore) -> StepContext:
    return context_of(light, store, AUDIT, "explanation")


def look(context: StepContext) -> set[str]:
    """Look after the child once; returns the ids of all that there are."""
    with pytest.raises(Waiting):
        follow(context)
    jobs = (Job.decode(context.services.store.get(key)) for key in spec_keys(context))
    return {job.id for job in jobs if job.parent == context.job.id}


def follow(context: StepContext) -> None:
    spec = context.job.spec
    if isinstance(spec, AuditSpec):
        explanation.follow_explanation(spec, context)
    elif isinstance(spec, SweepSpec):
        run_sweep.run_sweep(spec, context)


def spec_keys(context: StepContext) -> list[str]:
    return [info.key for info in context.services.store.list(keys.JOBS_PREFIX) if info.key.endswith("/spec.json")]


@pytest.mark.parametrize("change", [released, forgotten])
@pytest.mark.parametrize("document", [AUDIT, SWEEP], ids=["audit", "sweep"])
@pytest.mark.parametrize("lost", [keys.active, keys.spec])
def test_it_stays_the_same_one(
    light: Services,
    store: RefusingStore,
    monkeypatch: pytest.MonkeyPatch,
    document: dict[str, Any],
    change: Change,
    lost: Callable[[str], str],
) -> None:
    context = context_of(light, store, document, str(document["kind"]))
    first = look(context)
    assert len(first) == 1
    change(store, monkeypatch)
    assert look(context) == first
    for job_id in first:  # as when the worker had died before it had submitted the job
        store.delete(keys.active(job_id))
        store.delete(lost(job_id))
    assert look(context) == first


@pytest.mark.parametrize("change", [released, forgotten])
def test_it_is_cancelled_with_its_audit(
    light: Services, store: RefusingStore, monkeypatch: pytest.MonkeyPatch, change: Change
) -> None:
    context = audited(light, store)
    (child,) = look(context)
    change(store, monkeypatch)
    explanation.cancel_explanation(context.job, light)
    assert store.head(keys.cancel(child)) is not None


@pytest.mark.parametrize("damaged", [False, True])
def test_one_that_is_not_written_down_is_found_by_its_key(light: Services, store: RefusingStore, damaged: bool) -> None:
    context = audited(light, store)
    (child,) = look(context)
    if damaged:
        store.put(keys.explanation(context.job.id), b"{")
    else:
        store.delete(keys.explanation(context.job.id))
    assert look(context) == {child}
    assert StartedExplanation.decode(store.get(keys.explanation(context.job.id))).explanation == child


@pytest.mark.parametrize(("document", "damaged"), [(AUDIT, keys.plan), (SWEEP, keys.trials)], ids=["audit", "sweep"])
def test_they_are_cancelled_although_what_names_them_is_damaged(
    light: Services, store: RefusingStore, document: dict[str, Any], damaged: Callable[[str], str]
) -> None:
    context = context_of(light, store, document, str(document["kind"]))
    children = look(context)
    store.put(damaged(context.job.id), b"{")
    end_unfinished(context.job, JobState.FAILED, light, problem=Problem(message="damaged"))
    assert {job_id for job_id in children if store.head(keys.cancel(job_id)) is not None} == children
