"""Wrong images by example: the training images that look most like them to the model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from jobs.results.finding import ByExample, Neighbour
from ml.audit.data.neighbours import Neighbour as NearRow
from ml.audit.data.neighbours import TrainingImages, nearest_training_images
from workers.kinds.audit.given.looked_at import LookedAt, SplitImages

MOST_TOLD = 24
"""Wrong images that the findings tell by example; the table has all."""


def by_example(looked_at: LookedAt) -> list[ByExample]:
    """All wrong images, the surest predictions first; none where there is no training split, or no label."""
    audited, training = looked_at.audited, looked_at.training
    if training is None or audited.labels is None or training.labels is None:
        return []
    seen = audited.seen
    confidence = seen.probabilities.max(axis=1)
    wrong = np.flatnonzero((seen.labels >= 0) & (seen.predicted != seen.labels))
    chosen = wrong[np.argsort(-confidence[wrong], kind="stable")]
    found = nearest_training_images(
        seen.features.astype(np.float32),
        TrainingImages(training.seen.features.astype(np.float32), training.labels),
        images=chosen.tolist(),
        true=seen.labels,
        predicted=seen.predicted,
    )
    return [
        ByExample(
            image_id=str(seen.image_ids[each.image]),
            label=int(seen.labels[each.image]),
            prediction=int(seen.predicted[each.image]),
            confidence=float(confidence[each.image]),
            true_class=_named(training, each.of_true),
            predicted_class=_named(training, each.of_predicted),
        )
        for each in found
    ]


def _named(training: SplitImages, found: Sequence[NearRow]) -> tuple[Neighbour, ...]:
    seen = training.seen
    return tuple(
        Neighbour(
            image_id=str(seen.image_ids[near.image]), label=int(seen.labels[near.image]), similarity=near.similarity
        )
        for near in found
    )
