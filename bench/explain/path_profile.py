"""F and its gradient along the path from black to an image, in plain TensorFlow: nothing here is the engine's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

Floats = npt.NDArray[np.float64]
Images = npt.NDArray[np.uint8]
BATCH = 32


@dataclass(frozen=True, eq=False)
class Profile:
    """What was found at each node of a path.

    Attributes:
        alphas: (n,) places on the path, ascending.
        values: (n,) F.
        slopes: (n,) dF/dα, the attributions' sum.
        map: (S, S) the weighted sum of the attribution densities, summed over channels.
    """

    alphas: Floats
    values: Floats
    slopes: Floats
    map: npt.NDArray[np.float32]


Densities = Callable[[npt.NDArray[np.float32], npt.NDArray[np.float32], int], tuple[Any, Any]]


def densities_of(model: keras.Model) -> Densities:
    """One compiled function: image (S, S, 3), alphas (BATCH,), class → F (BATCH,), x·∇F (BATCH, S, S)."""
    size = int(model.inputs[0].shape[1])

    @tf.function(
        input_signature=[
            tf.TensorSpec((size, size, 3), tf.float32),
            tf.TensorSpec((BATCH,), tf.float32),
            tf.TensorSpec((), tf.int32),
        ]
    )
    def densities(image: Any, alphas: Any, target: Any) -> Any:
        places = alphas[:, None, None, None] * image
        with tf.GradientTape() as tape:
            tape.watch(places)
            chosen = tf.gather(model(places, training=False), target, axis=1)
        return chosen, tf.reduce_sum(tape.gradient(chosen, places) * image, axis=-1)

    return densities


def profile(densities: Densities, image: Images, target: int, *, alphas: Floats, weights: Floats) -> Profile:
    """Evaluate every node and integrate.

    Args:
        densities: of ``densities_of``.
        image: (S, S, 3) uint8.
        alphas: (n,) nodes.
        weights: (n,) of the quadrature rule.
    """
    values, slopes = np.empty(len(alphas)), np.empty(len(alphas))
    total = np.zeros(image.shape[:2], np.float64)
    for start in range(0, len(alphas), BATCH):
        part = slice(start, start + BATCH)
        count = len(alphas[part])
        padded = np.resize(alphas[part], BATCH).astype(np.float32)
        found, maps = (np.asarray(array)[:count] for array in densities(image.astype(np.float32), padded, target))
        values[part], slopes[part] = found, maps.sum(axis=(1, 2), dtype=np.float64)
        total += np.tensordot(weights[part], maps, axes=1)
    return Profile(alphas, values, slopes, total.astype(np.float32))
