"""Compares an evaluation with an earlier one, on the images that both have judged."""

from __future__ import annotations

from typing import Any

from jobs.errors import Corrupt, InvalidSpec, ObjectNotFound
from jobs.job import Job
from jobs.results.evaluation.evaluation_summary import totals_of
from jobs.results.evaluation.evaluation_totals import (
    BACKGROUND,
    EvaluationTotals,
    corruption_errors,
    mean_corruption_error,
)
from jobs.specs.evaluate_spec import EvaluateSpec
from jobs.specs.job_spec import JobSpec
from workers.inputs.job_results import JobResults, ended_job, job_results
from workers.kinds.compare.joined_images import joined_images
from workers.kinds.compare.outcome_changes import accuracy_change
from workers.kinds.compare.side import Side
from workers.kinds.compare.two_sides import TwoSides
from workers.step.job_kind import FinishContext
from workers.tables.gathered_images import gathered_images


def change_since_earlier(spec: EvaluateSpec, context: FinishContext) -> dict[str, Any] | None:
    """What this evaluation mends and breaks: the fields of ``AccuracyChange``, the earlier one first.

    ``mean_corruption_error`` divides by the errors of the earlier one where both judged the same images under the same
    corruptions, drawn from the same seed, and replaced the same backgrounds, told by true masks; else it is None. Where
    the earlier results are not there any more, ``left_out`` says so. None where nothing is to be compared with.
    """
    if spec.earlier_job_id is None:
        return None
    try:
        earlier = ended_job(spec.earlier_job_id, context.services.store, field="compared_with")
        return {"job_id": earlier.id, **_change(earlier, spec, context)}
    except (Corrupt, InvalidSpec, ObjectNotFound) as error:
        return {"job_id": spec.earlier_job_id, "left_out": str(error)}


def _change(earlier: Job, spec: EvaluateSpec, context: FinishContext) -> dict[str, Any]:
    store = context.services.store
    here = JobResults(context.job, context.plan, {report.step: report for report in context.reports})
    there = job_results(earlier, store)
    with gathered_images(earlier, there.plan, there.reports, store, check=context.check) as images:
        joined = joined_images(images, context.images)
        change = accuracy_change(
            TwoSides(Side(there, images, joined.first), Side(here, context.images, joined.second), joined)
        )
    if change is None:
        return {"left_out": f"the two evaluations judged no image both: {earlier.id} is of {there.plan.split!r}"}
    alike = _conditions(earlier.spec) == _conditions(spec)
    ours, theirs = totals_of(context.reports), totals_of(there.reports.values())
    error = _normalised(ours, theirs, images=change.images) if alike else None
    model = there.plan.model
    return {"model_id": model.id if model else None, **change.model_dump(mode="json"), "mean_corruption_error": error}


def _conditions(spec: JobSpec) -> tuple[object, ...]:
    return (spec.corruptions, spec.severities, spec.seed) if isinstance(spec, EvaluateSpec) else ()


def _normalised(ours: EvaluationTotals | None, theirs: EvaluationTotals | None, *, images: int) -> float | None:
    """None unless both judged these images and no others, each as the same picture under every condition."""
    if ours is None or theirs is None or not ours.conditions or not ours.images == theirs.images == images:
        return None
    if BACKGROUND in ours.errors() and not (ours.true_masks and theirs.true_masks):
        return None
    return mean_corruption_error(corruption_errors(ours.errors(), baseline=theirs.errors()))
