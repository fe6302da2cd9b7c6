"""What a batch adds to the totals of its shard."""

from __future__ import annotations

from collections import Counter

import numpy as np

from jobs.results.evaluation.evaluation_totals import BinTotals, ConditionTotals, EvaluationTotals, ViewTotals
from ml.evaluation.calibration import reliability
from ml.evaluation.paired_outcomes import paired_outcomes
from ml.evaluation.predictions import ScoredPredictions
from ml.evaluation.robustness import BatchEvaluation, Condition
from workers.kinds.evaluate.labelled_images import TOP


def batch_totals(
    seen: BatchEvaluation, by_baseline: BatchEvaluation | None, *, baseline: str | None
) -> EvaluationTotals:
    """Sums over the images of a batch.

    Args:
        by_baseline: the same images seen by the baseline model, if there is one.
        baseline: its id.
    """
    clean = seen.clean
    bins = reliability(clean)
    return EvaluationTotals(
        images=len(clean),
        correct=int(clean.correct.sum()),
        top5=int((clean.ranks < TOP).sum()),
        loss=float(clean.losses.astype(np.float64).sum()),
        calibration=tuple(
            BinTotals(
                images=each.images,
                confidence=each.images * (each.confidence or 0.0),
                correct=round(each.images * (each.accuracy or 0.0)),
            )
            for each in bins
        ),
        conditions=tuple(_condition(condition, seen, by_baseline) for condition in seen.corrupted),
        masks=dict(Counter(seen.mask_sources)),
        baseline=baseline,
        views=_views(clean, seen.by_views) if seen.by_views else None,
    )


def _views(one: ScoredPredictions, mean: ScoredPredictions) -> ViewTotals:
    changes = paired_outcomes(one.correct, mean.correct)
    return ViewTotals(
        both=changes.both,
        fixed=changes.fixed,
        broken=changes.broken,
        top5=int((mean.ranks < TOP).sum()),
        loss=float(mean.losses.astype(np.float64).sum()),
    )


def _condition(condition: Condition, seen: BatchEvaluation, by_baseline: BatchEvaluation | None) -> ConditionTotals:
    shift = seen.shifts.get(condition)
    return ConditionTotals(
        corruption=condition[0],
        severity=condition[1],
        wrong=_wrong(seen, condition),
        baseline_wrong=_wrong(by_baseline, condition) if by_baseline else None,
        maps=int(np.isfinite(shift.correlations).sum()) if shift else 0,
        map_correlation=float(np.nansum(shift.correlations.astype(np.float64))) if shift else 0.0,
        map_distance=float(np.nansum(shift.distances.astype(np.float64))) if shift else 0.0,
    )


def _wrong(seen: BatchEvaluation, condition: Condition) -> int:
    return int((~seen.corrupted[condition].correct).sum())
