"""Preview as a kind of job: one step draws one picture."""

from __future__ import annotations

from jobs.plan import Plan
from jobs.results.report import Report
from jobs.results.summary import summarize_preview
from jobs.specs.preview_spec import PreviewSpec
from workers.inputs.planning import described, split_bounds_of
from workers.step.job_kind import JobKind, PlanContext, of_reports
from workers.step.step_context import StepContext


def plan(spec: PreviewSpec, context: PlanContext) -> Plan:
    """One step of as many images as were asked for, or as there are.

    Raises:
        InvalidSpec: the data set or the split does not exist.
    """
    name, start, stop = split_bounds_of("split", spec.split, described(spec.dataset, context, label=spec.label))
    return context.plan(total=min(spec.images, stop - start), unit="images", split=name)


def run(spec: PreviewSpec, context: StepContext) -> Report:
    """Draw; TensorFlow is loaded here, in the child, when the first step needs it: it takes seconds."""
    from workers.kinds.preview.draw_preview import draw_preview  # noqa: PLC0415

    return draw_preview(spec, context)


PREVIEW = JobKind(PreviewSpec, make_plan=plan, run_step=run, summarize=of_reports(summarize_preview))
