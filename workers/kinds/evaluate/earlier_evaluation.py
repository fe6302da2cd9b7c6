"""Compares an evaluation with an earlier one, on the images that both have judged."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from jobs.errors import Corrupt, InvalidSpec, ObjectNotFound
from jobs.job import Job
from jobs.results.evaluation.evaluation_summary import totals_of
from jobs.results.evaluation.evaluation_totals import (
    BACKGROUND,
    Errors,
    EvaluationTotals,
    corruption_errors,
    mean_corruption_error,
)
from jobs.results.report import Report
from jobs.specs.evaluate_spec import EvaluateSpec
from workers.inputs.job_results import JobResults, ended_job, job_results
from workers.kinds.compare.joined_images import joined_images
from workers.kinds.compare.outcome_changes import accuracy_change
from workers.kinds.compare.side import Side
from workers.kinds.compare.two_sides import TwoSides
from workers.step.job_kind import FinishContext
from workers.tables.gathered_images import gathered_images


def change_since_earlier(spec: EvaluateSpec, context: FinishContext) -> dict[str, Any] | None:
    """What this evaluation mends and breaks: the fields of ``AccuracyChange``, the earlier one first.

    ``mean_corruption_error`` divides by the errors of the earlier one under the conditions that both have in the same
    pictures, and ``mean_corruption_error_over`` names these: by corruption its severities. Pictures are the same where
    both judged the same images and drew corruptions from the same seed; under ``background`` also true masks must have
    told all objects. None and nothing where no condition is left. Where the earlier results are not there any more,
    ``left_out`` says so. None where nothing is to be compared with.
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
    model = there.plan.model
    error = _normalised(earlier, spec, (there.reports.values(), context.reports), images=change.images)
    return {"model_id": model.id if model else None, **change.model_dump(mode="json"), **error}


def _normalised(
    earlier: Job, spec: EvaluateSpec, reports: tuple[Iterable[Report], Iterable[Report]], *, images: int
) -> dict[str, Any]:
    """The corruption error over the conditions that both have in the same pictures, and which these are."""
    theirs, ours = map(totals_of, reports)
    same_draws = isinstance(earlier.spec, EvaluateSpec) and earlier.spec.seed == spec.seed
    if ours is None or theirs is None or not same_draws or not ours.images == theirs.images == images:
        return {"mean_corruption_error": None, "mean_corruption_error_over": {}}
    errors, earlier_errors = _in_same_pictures(ours, theirs)
    found = corruption_errors(errors, baseline=earlier_errors)
    over = {name: sorted(errors[name]) for name, error in found.items() if error is not None}
    return {"mean_corruption_error": mean_corruption_error(found), "mean_corruption_error_over": over}


def _in_same_pictures(ours: EvaluationTotals, theirs: EvaluationTotals) -> tuple[Errors, Errors]:
    """The errors of both, under the conditions that both have and whose pictures do not differ by model."""
    first, second = ours.errors(), theirs.errors()
    names = [name for name in first if name != BACKGROUND or (ours.true_masks and theirs.true_masks)]
    shared = {name: first[name].keys() & second.get(name, {}).keys() for name in names}
    one, other = (
        {name: {severity: errors[name][severity] for severity in chosen} for name, chosen in shared.items() if chosen}
        for errors in (first, second)
    )
    return one, other
