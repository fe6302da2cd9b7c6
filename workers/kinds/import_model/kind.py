"""Import as the workers see it: one step, which makes an uploaded file into a published model."""

from __future__ import annotations

from jobs import keys
from jobs.errors import InvalidSpec
from jobs.models.artifact import Artifact
from jobs.plan import Plan
from jobs.results.report import Report
from jobs.specs.import_spec import MAX_MODEL_BYTES, ImportSpec
from workers.step.job_kind import FinishContext, JobKind, PlanContext
from workers.step.step_context import StepContext


def plan(planning: PlanContext) -> Plan:
    """One step for one model.

    Raises:
        InvalidSpec: the file was never uploaded, or is too large.
    """
    spec = planning.job.spec
    if not isinstance(spec, ImportSpec):
        raise InvalidSpec("only an import has an uploaded model")
    found = planning.services.store.head(keys.upload(spec.upload))
    if found is None:
        raise InvalidSpec(f"upload {spec.upload!r} does not exist: send the file first", field="upload")
    if found.size > MAX_MODEL_BYTES:
        raise InvalidSpec(
            f"the file has {found.size >> 20} MiB, more than the {MAX_MODEL_BYTES >> 20} MiB allowed", field="upload"
        )
    return Plan(job_id=planning.job.id, kind="import", created_at=planning.now, total=1, unit="models")


def run(context: StepContext) -> Report:
    """Import; the file is opened here, in the child, and nowhere else: a stranger's file may end its reader."""
    from workers.kinds.import_model.import_step import import_step  # noqa: PLC0415

    return import_step(context)


def publish(finishing: FinishContext) -> tuple[Artifact, ...]:
    """Let others use the model."""
    for report in finishing.reports:
        if report.model is not None:
            key, data = keys.model(report.model.id), report.model.encode()
            finishing.services.store.put(key, data, content_type="application/json")
    return ()


IMPORT = JobKind(plan, run, publish)
