"""Import as a kind of job: one step turns an uploaded file into a published model."""

from __future__ import annotations

from jobs import keys
from jobs.errors import InvalidSpec
from jobs.models.artifact import Artifact
from jobs.plan import Plan
from jobs.results.report import Report
from jobs.results.summary import summarize_import
from jobs.specs.import_spec import MAX_MODEL_BYTES, ImportSpec
from workers.step.job_kind import FinishContext, JobKind, PlanContext, of_reports
from workers.step.step_context import StepContext


def plan(spec: ImportSpec, context: PlanContext) -> Plan:
    """One step for one model.

    Raises:
        InvalidSpec: the file was never uploaded, or is too large.
    """
    found = context.services.store.head(keys.upload(spec.upload, context.job.project))
    if found is None:
        raise InvalidSpec(f"upload {spec.upload!r} does not exist: send the file first", field="upload")
    if found.size > MAX_MODEL_BYTES:
        raise InvalidSpec(
            f"the file has {found.size >> 20} MiB, more than the {MAX_MODEL_BYTES >> 20} MiB allowed", field="upload"
        )
    return context.plan(total=1, unit="models")


def run(spec: ImportSpec, context: StepContext) -> Report:
    """Import; the file is opened here, in the child, and nowhere else: a stranger's file may end its reader."""
    from workers.kinds.import_model.import_step import import_step  # noqa: PLC0415

    return import_step(spec, context)


def publish(_: ImportSpec, context: FinishContext) -> tuple[Artifact, ...]:
    """Publish the model, so that other jobs can use it."""
    for report in context.reports:
        if report.model is not None:
            key, data = keys.model(report.model.id), report.model.encode()
            context.services.store.put(key, data, content_type="application/json")
    return ()


IMPORT = JobKind(ImportSpec, make_plan=plan, run_step=run, summarize=of_reports(summarize_import), make_files=publish)
