"""Where wrong images look like the training image that is nearest to them, to the model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from jobs.results.finding import ByExample
from jobs.specs.audit_spec import AuditSpec
from ml.audit.data.neighbours import similarity_map
from workers.kinds.audit.given.forward_pass import predictor_of
from workers.kinds.audit.given.seen_images import SeenImages
from workers.kinds.audit.shortcuts.find_suspicions import pictures_of
from workers.step.step_context import StepContext

Map = npt.NDArray[np.float32]


def likeness(
    spec: AuditSpec, context: StepContext, seen: SeenImages, training: SeenImages, examples: Sequence[ByExample]
) -> dict[str, Map]:
    """By the id of each of these images a map (h, w), at least 0, of how like it is to its nearest neighbour.

    The neighbour is the nearest training image of the predicted class; an image without one has no map.
    """
    nearest = {each.image_id: each.predicted_class[0].image_id for each in examples if each.predicted_class}
    model = predictor_of(context.plan.used_model, context.services.store, batch_size=spec.batch_size)
    if not nearest or not model.has_places:
        return {}
    rows, neighbours = _rows(seen), _rows(training)
    spatial = model.spatial(pictures_of(spec, context, seen)([rows[image_id] for image_id in nearest]))
    pooled = training.features[[neighbours[image_id] for image_id in nearest.values()]].astype(np.float32)
    found = (similarity_map(of, near) for of, near in zip(spatial, pooled, strict=True))
    return {image_id: each - each.min() for image_id, each in zip(nearest, found, strict=True)}


def _rows(images: SeenImages) -> dict[str, int]:
    return {str(image_id): row for row, image_id in enumerate(images.image_ids)}
