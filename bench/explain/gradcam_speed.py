"""GradCAM of the target, the true class and the five likeliest classes, against a forward pass and nothing else."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from bench.explain.paired import ratio
from bench.explain.real_model import FEATURE_LAYER
from bench.explain.subject import Subject
from ml.explainer import Explainer, ExplainOptions

BATCH, ROUNDS = 16, 9


def measure(subject: Subject) -> dict[str, float]:
    """``gradcam_ratio_to_forward``: images per second of both, same batch."""
    images, labels, model = subject.images, subject.labels, subject.model
    explainer = Explainer(model, ExplainOptions(FEATURE_LAYER, methods=("gradcam",), batch_size=BATCH))
    forward = tf.function(lambda batch: model(batch, training=False), autograph=False)
    batches = [tf.constant(part, tf.float32) for part in np.split(images, len(images) // BATCH)]

    def explain() -> int:
        return sum(len(found.class_maps) > 0 for found in explainer.explain(images, labels))

    def bare() -> int:
        return sum(len(forward(batch).numpy()) for batch in batches)

    figure, ours, theirs = ratio(explain, bare, rounds=ROUNDS)
    return {
        "gradcam_ratio_to_forward": figure,
        "gradcam_images_per_s": ours,
        "forward_images_per_s": theirs,
    }
