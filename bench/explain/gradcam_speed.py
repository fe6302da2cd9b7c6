"""GradCAM of the target, the true class and the five likeliest classes, against a forward pass and nothing else.

The engine folds batch normalisation into the convolutions first. So the forward pass that it is held against is that
of the folded network: what is missing to 1 is what the maps cost. Against the network as it was published stands what
folding gains besides.
"""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from bench.explain.paired import ratio
from bench.explain.real_model import FEATURE_LAYER
from bench.explain.subject import Subject
from ml.attribution.explainer import Explainer, ExplainOptions
from ml.models.folding import fold_batch_normalization

BATCH, ROUNDS = 16, 9


def measure(subject: Subject) -> dict[str, float]:
    """``gradcam_ratio_to_forward`` and ``…_to_unfolded_forward``: images per second of both, same batch."""
    images, labels, model = subject.images, subject.labels, subject.model
    explainer = Explainer(model, ExplainOptions(FEATURE_LAYER, methods=("gradcam",), batch_size=BATCH))
    batches = [tf.constant(part, tf.float32) for part in np.split(images, len(images) // BATCH)]

    def explain() -> int:
        return sum(len(found.class_maps) > 0 for found in explainer.explain(images, labels))

    def bare(network: keras.Model) -> Callable[[], int]:
        forward = tf.function(lambda batch: network(batch, training=False), autograph=False)
        return lambda: sum(len(forward(batch).numpy()) for batch in batches)

    folded = fold_batch_normalization(model, kept=FEATURE_LAYER)
    to_folded, ours, folded_alone = ratio(explain, bare(folded), rounds=ROUNDS)
    to_unfolded, _, unfolded_alone = ratio(explain, bare(model), rounds=ROUNDS)
    return {
        "gradcam_ratio_to_forward": to_folded,
        "gradcam_ratio_to_unfolded_forward": to_unfolded,
        "gradcam_images_per_s": ours,
        "forward_images_per_s": folded_alone,
        "unfolded_forward_images_per_s": unfolded_alone,
    }
