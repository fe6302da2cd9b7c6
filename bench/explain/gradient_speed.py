"""Integrated Gradients as a whole, forward pass included, against a loop that computes gradients and nothing else.

The engine folds batch normalisation into the convolutions first, and the bare loop does not; against a bare loop on
the folded network stands what the engine itself costs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from bench.explain.paired import ratio
from bench.explain.real_model import FEATURE_LAYER
from bench.explain.subject import Subject
from ml.attribution.explainer import Explainer, ExplainOptions
from ml.models.folding import fold_batch_normalization

BATCH, IMAGES, BARE_BATCHES, ROUNDS = 32, 32, 20, 3


def measure(subject: Subject) -> dict[str, float]:
    """``ig_eval_ratio_to_bare`` and ``…_folded_bare``: gradient evaluations per second of both, same batch."""
    model = subject.model
    images, labels = subject.images[:IMAGES], subject.labels[:IMAGES]
    options = ExplainOptions(FEATURE_LAYER, methods=("integrated_gradients",), path_batch_size=BATCH)
    explainer = Explainer(model, options)
    batch = tf.constant(subject.images[:BATCH], tf.float32)
    targets = tf.constant(subject.labels[:BATCH], tf.int32)

    def explain() -> int:
        found = explainer.explain(images, labels)
        return int(sum(each.methods["integrated_gradients"].metrics["evaluations"] for each in found))

    def bare(network: keras.Model) -> Callable[[], int]:
        gradient = gradient_of(network, batch.shape)
        return lambda: sum(len(np.asarray(gradient(batch, targets))) for _ in range(BARE_BATCHES))

    figure, ours, theirs = ratio(explain, bare(model), rounds=ROUNDS)
    to_folded, _, folded_alone = ratio(
        explain, bare(fold_batch_normalization(model, kept=FEATURE_LAYER)), rounds=ROUNDS
    )
    return {
        "ig_eval_ratio_to_bare": figure,
        "ig_eval_ratio_to_folded_bare": to_folded,
        "ig_evaluations_per_s": ours,
        "bare_evaluations_per_s": theirs,
        "folded_bare_evaluations_per_s": folded_alone,
        "ig_traces": float(explainer.traces),
    }


def gradient_of(network: keras.Model, shape: Any) -> Callable[[Any, Any], Any]:
    """Compile the gradients of the targets' logits for batches (B, S, S, 3) of one shape."""

    @tf.function(input_signature=[tf.TensorSpec(shape), tf.TensorSpec(shape[:1], tf.int32)], autograph=False)
    def gradient(batch: Any, targets: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(batch)
            chosen = tf.gather(network(batch, training=False), targets, axis=1, batch_dims=1)
        return tape.gradient(chosen, batch)

    compiled: Callable[[Any, Any], Any] = gradient
    return compiled
