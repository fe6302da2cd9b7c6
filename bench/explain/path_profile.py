"""F and its gradient along the path from a baseline to an image, in plain TensorFlow, without the engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from ml.attribution.integrated_gradients.path_gradients import PathEnds

Floats = npt.NDArray[np.float64]
BATCH = 32


@dataclass(frozen=True, eq=False)
class Profile:
    """What was found at each node of a path.

    Attributes:
        alphas: (n,) places on the path, ascending.
        values: (n,) F.
        slopes: (n,) dF/dα, the attributions' sum.
        map: (S, S) the weighted sum of the attribution densities, summed over channels; (k, S, S) of k rules.
    """

    alphas: Floats
    values: Floats
    slopes: Floats
    map: npt.NDArray[np.float32]


Densities = Callable[[PathEnds, npt.NDArray[np.float32]], tuple[Any, Any]]


def densities_of(model: keras.Model) -> Densities:
    """One compiled function: ends of a path, alphas (BATCH,) → F (BATCH,), (x − x′)·∇F (BATCH, S, S).

    F is the centred score, as jobs explain it by default.
    """
    size = int(model.inputs[0].shape[1])

    @tf.function(
        input_signature=[
            tf.TensorSpec((size, size, 3), tf.float32),
            tf.TensorSpec((size, size, 3), tf.float32),
            tf.TensorSpec((BATCH,), tf.float32),
            tf.TensorSpec((), tf.int32),
        ]
    )
    def densities(image: Any, baseline: Any, alphas: Any, target: Any) -> Any:
        direction = image - baseline
        places = baseline + alphas[:, None, None, None] * direction
        with tf.GradientTape() as tape:
            tape.watch(places)
            logits = model(places, training=False)
            chosen = tf.gather(logits, target, axis=1) - tf.reduce_mean(logits, axis=1)
        return chosen, tf.reduce_sum(tape.gradient(chosen, places) * direction, axis=-1)

    return lambda ends, alphas: densities(ends.image, ends.baseline, alphas, ends.target)


def profile(densities: Densities, ends: PathEnds, *, alphas: Floats, weights: Floats) -> Profile:
    """Evaluate every node and integrate.

    Args:
        densities: of ``densities_of``.
        ends: of the path.
        alphas: (n,) nodes.
        weights: (n,) of the quadrature rule, or (k, n) of k rules on the same nodes.
    """
    values, slopes = np.empty(len(alphas)), np.empty(len(alphas))
    total = np.zeros((*weights.shape[:-1], *ends.image.shape[:2]), np.float64)
    for start in range(0, len(alphas), BATCH):
        part = slice(start, start + BATCH)
        count = len(alphas[part])
        padded = np.resize(alphas[part], BATCH).astype(np.float32)
        found, maps = (np.asarray(array)[:count] for array in densities(ends, padded))
        values[part], slopes[part] = found, maps.sum(axis=(1, 2), dtype=np.float64)
        total += np.tensordot(weights[..., part], maps, axes=1)
    return Profile(alphas, values, slopes, total.astype(np.float32))


def nearest(places: Floats, alphas: Floats) -> npt.NDArray[np.int64]:
    """Which of the ascending places (n,) stand for these alphas."""
    return np.searchsorted((places[1:] + places[:-1]) / 2, alphas).astype(np.int64)


def difference(path: Profile) -> float:
    """F(x) − F(x′)."""
    return float(path.values[-1] - path.values[0])
