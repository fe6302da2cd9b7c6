"""The explanation that an audit builds on: a job that was named, or one that the audit submits and waits for."""

from __future__ import annotations

from contextlib import suppress

from dispatch.submission import claim, request_cancel, submit
from jobs import keys
from jobs.errors import Corrupt, InvalidSpec, ObjectNotFound
from jobs.job import Job, JobEnd
from jobs.models.model import PublishedModel
from jobs.plan import Plan
from jobs.results.report import Report
from jobs.results.started_explanation import StartedExplanation
from jobs.specs.audit_spec import AuditSpec
from jobs.specs.explain_spec import ExplainSpec
from jobs.state import USABLE
from store.base import ObjectStore
from workers.step.interruption import Waiting
from workers.step.services import Services
from workers.step.step_context import StepContext

# When the explanation ends, this step is enqueued at once; this is for the case that the message is lost.
LOOK_AGAIN_S = 5.0


def follow_explanation(spec: AuditSpec, context: StepContext) -> Report:
    """Report which job explains the images, and why its maps are left out, if they are.

    Raises:
        Waiting: it is under way.
    """
    job_id = spec.explaining_job_id or _submitted(spec, context)
    problem = _problem(job_id, context)
    return context.report(values={"job_id": job_id, "left_out": problem})


def ended_explanation(spec: AuditSpec, context: StepContext) -> str | None:
    """The job that was named, once it is over; None where the audit makes its own, which takes its time beside.

    Raises:
        Waiting: it is under way.
    """
    if spec.explaining_job_id is not None:
        _problem(spec.explaining_job_id, context)
    return spec.explaining_job_id


def check_explanation(spec: AuditSpec, model: PublishedModel, store: ObjectStore) -> None:
    """A named explanation must be one of this model and these images.

    Raises:
        InvalidSpec: it is not.
    """
    if spec.explaining_job_id is None:
        return
    try:
        job = Job.decode(store.get(keys.spec(spec.explaining_job_id)))
    except ObjectNotFound:
        raise InvalidSpec(f"there is no job {spec.explaining_job_id}", field="explanation") from None
    problem = _not_of(job, spec, model, store)
    if problem:
        raise InvalidSpec(
            f"job {job.id} {problem}: name an explanation of the same model and images, or none, and the audit makes "
            "its own",
            field="explanation",
        )


def cancel_explanation(job: Job, services: Services) -> None:
    """Cancel the explanation that an audit has begun, if it is under way."""
    if not isinstance(job.spec, AuditSpec) or job.spec.explanation is not None:
        return
    with suppress(ObjectNotFound):  # an audit that was never planned has begun nothing
        plan = Plan.decode(services.store.get(keys.plan(job.id)))
        child = _written_down(job.id, services.store) or _claimed(job.spec, job, plan, services.store)
        _cancel(child, services)


def _cancel(child: str, services: Services) -> None:
    if services.store.head(keys.active(child)) is not None:
        request_cancel(child, store=services.store, board=services.board, queue=services.queue)


def explanation_spec(spec: AuditSpec, plan: Plan) -> ExplainSpec:
    """What the audit asks for: raw maps and pictures by the method that costs least."""
    layered = plan.used_model.feature_layer is not None
    return ExplainSpec(
        kind="explain",
        name=f"{(spec.name or 'audit')[:150]} / explanation",
        model=plan.used_model.id,
        dataset=spec.dataset,
        label=spec.label,
        split=spec.split,
        methods=("gradcam",) if layered else ("integrated_gradients",),
        contrast="none",
        max_failure_rate=1.0,
    )


def _not_of(job: Job, spec: AuditSpec, model: PublishedModel, store: ObjectStore) -> str:
    asked = job.spec
    if not isinstance(asked, ExplainSpec):
        return f"is of kind {asked.kind!r}, not an explanation"
    for field in ("dataset", "label", "split"):
        found, wanted = getattr(asked, field), getattr(spec, field)
        if found != wanted:
            return f"explains {field} {found!r}, not {wanted!r}"
    if "raw" not in asked.outputs:
        return "keeps no raw maps"
    try:
        explained = Plan.decode(store.get(keys.plan(job.id))).used_model
    except ObjectNotFound:
        return "" if asked.model in {spec.model, model.id} else f"explains model {asked.model}, not {spec.model}"
    same = explained.checkpoint.sha256 == model.checkpoint.sha256
    return "" if same else f"explains model {explained.id}, not {model.id}"


def _submitted(spec: AuditSpec, context: StepContext) -> str:
    services, job = context.services, context.job
    child = _written_down(job.id, services.store)
    if child is None:
        child = _claimed(spec, job, context.plan, services.store)
        started = StartedExplanation(job_id=job.id, explanation=child)
        services.store.put(keys.explanation(job.id), started.encode(), content_type="application/json")
    context.pulse.check()
    if services.store.head(keys.active(child)) is None and services.store.head(keys.end(child)) is None:
        submit(
            explanation_spec(spec, context.plan),
            store=services.store,
            board=services.board,
            queue=services.queue,
            idempotency_key=_key(job.id),
            job_id=child,
            origin=job.child(),
        )
    return child


def _written_down(audit_id: str, store: ObjectStore) -> str | None:
    """The id of the explanation that the audit has started; None where that is not written down."""
    try:
        return StartedExplanation.decode(store.get(keys.explanation(audit_id))).explanation
    except (ObjectNotFound, Corrupt):
        return None


def _claimed(spec: AuditSpec, audit: Job, plan: Plan, store: ObjectStore) -> str:
    """The id that the explanation gets; the same at every call, but for what a release changes in specifications."""
    return claim(_key(audit.id), explanation_spec(spec, plan), store=store, origin=audit.child())


def _key(audit_id: str) -> str:
    return f"audit {audit_id} explanation"


def _problem(job_id: str, context: StepContext) -> str:
    """Why the maps of an explanation that is over are of no use, if so."""
    try:
        end = JobEnd.decode(context.services.store.get(keys.end(job_id)))
    except ObjectNotFound:
        context.services.board.counters.reset_attempts(context.job.id, context.step)
        raise Waiting(f"waits for the explanation {job_id}", delay_s=LOOK_AGAIN_S) from None
    except Corrupt as error:
        return f"the end of explanation {job_id} cannot be read: {error}"
    if end.state in USABLE:
        return ""
    reason = f": {end.error.message}" if end.error else ""
    return f"explanation {job_id} is {end.state.value}{reason}"
