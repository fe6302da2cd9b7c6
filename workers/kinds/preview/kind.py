"""A preview as the workers see it: one step that draws one picture."""

from __future__ import annotations

from jobs.errors import InvalidSpec
from jobs.plan import Plan
from jobs.results.report import Report
from jobs.specs.preview_spec import PreviewSpec
from workers.inputs.planning import described, split_bounds_of
from workers.step.job_kind import JobKind, PlanContext
from workers.step.step_context import StepContext


def plan(planning: PlanContext) -> Plan:
    """One step of as many images as were asked for, or as there are.

    Raises:
        InvalidSpec: the data set or the split does not exist.
    """
    spec = planning.job.spec
    if not isinstance(spec, PreviewSpec):
        raise InvalidSpec("only a preview shows what training would see")
    name, start, stop = split_bounds_of("split", spec.split, described(spec.dataset, planning))
    total = min(spec.images, stop - start)
    return Plan(job_id=planning.job.id, kind="preview", created_at=planning.now, total=total, unit="images", split=name)


def run(context: StepContext) -> Report:
    """Draw; TensorFlow is loaded here, in the child, when the first step needs it: it takes seconds."""
    from workers.kinds.preview.draw_preview import draw_preview  # noqa: PLC0415

    return draw_preview(context)


PREVIEW = JobKind(plan, run)
