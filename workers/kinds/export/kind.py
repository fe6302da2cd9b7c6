"""Export as a kind of job: one step writes a model in formats of others, and runs each file before it counts."""

from __future__ import annotations

from typing import Any

from jobs.plan import Plan
from jobs.results.report import Report
from jobs.specs.export_spec import ExportSpec
from workers.inputs.published_models import find_model
from workers.step.job_kind import JobKind, PlanContext, of_reports
from workers.step.step_context import StepContext


def plan(spec: ExportSpec, context: PlanContext) -> Plan:
    """One step for all formats.

    Raises:
        InvalidSpec: there is no such model.
    """
    model = find_model(spec, context.services)
    return context.plan(total=len(spec.formats), unit="formats", model=model)


def run(spec: ExportSpec, context: StepContext) -> Report:
    """Write the files; TensorFlow is loaded here, in the child, when the first step needs it: it takes seconds."""
    from workers.kinds.export.export_step import export_step  # noqa: PLC0415

    return export_step(spec, context)


def summarize(reports: tuple[Report, ...]) -> dict[str, Any]:
    """How far each file is from the model, and on how many pictures."""
    return {name: value for report in reports for name, value in report.values.items()}


EXPORT = JobKind(ExportSpec, make_plan=plan, run_step=run, summarize=of_reports(summarize))
