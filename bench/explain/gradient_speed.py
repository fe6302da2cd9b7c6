"""Integrated Gradients as a whole, forward pass included, against a loop that computes gradients and nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from bench.explain.paired import ratio
from bench.explain.real_model import FEATURE_LAYER
from bench.explain.subject import Subject
from ml.explainer import Explainer, ExplainOptions

BATCH, IMAGES, BARE_BATCHES, ROUNDS = 32, 32, 20, 3


def measure(subject: Subject) -> dict[str, float]:
    """``ig_eval_ratio_to_bare``: gradient evaluations per second of both, same batch."""
    model = subject.model
    images, labels = subject.images[:IMAGES], subject.labels[:IMAGES]
    options = ExplainOptions(FEATURE_LAYER, methods=("integrated_gradients",), path_batch_size=BATCH)
    explainer = Explainer(model, options)
    shape = tf.TensorSpec((BATCH, *images.shape[1:]), tf.float32)

    @tf.function(input_signature=[shape, tf.TensorSpec((BATCH,), tf.int32)], autograph=False)
    def gradient(batch: Any, targets: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(batch)
            chosen = tf.gather(model(batch, training=False), targets, axis=1, batch_dims=1)
        return tape.gradient(chosen, batch)

    batch = tf.constant(subject.images[:BATCH], tf.float32)
    targets = tf.constant(subject.labels[:BATCH], tf.int32)

    def explain() -> int:
        found = explainer.explain(images, labels)
        return int(sum(each.methods["integrated_gradients"].metrics["evaluations"] for each in found))

    def bare() -> int:
        return sum(len(np.asarray(gradient(batch, targets))) for _ in range(BARE_BATCHES))

    figure, ours, theirs = ratio(explain, bare, rounds=ROUNDS)
    return {
        "ig_eval_ratio_to_bare": figure,
        "ig_evaluations_per_s": ours,
        "bare_evaluations_per_s": theirs,
        "ig_traces": float(explainer.traces),
    }
