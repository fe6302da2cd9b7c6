"""Lists the methods that weigh the activations of a layer, and computes their maps for several classes at once.

Each is a function of the activations and of the gradients of the classes' scores (``ml.attribution.scores``) with
respect to them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from ml.attribution.gradcam import gradcam_maps
from ml.attribution.gradcam_plus_plus import gradcam_plus_plus_maps
from ml.attribution.layercam import layercam_maps

Floats = npt.NDArray[np.float32]
Maps = Callable[[Any, Any], Any]
"""Maps of M classes.

Args:
    features: (B, H, W, C) float32 tensor.
    gradients: (B, M, H, W, C) float32 tensor, or (B, M, 1, 1, C) where they are the same at each place.

Returns:
    (B, M, H, W) float32, raw.
"""

GRADCAM = "gradcam"
LAYER_METHODS: Mapping[str, Maps] = MappingProxyType(
    {GRADCAM: gradcam_maps, "gradcam++": gradcam_plus_plus_maps, "layercam": layercam_maps}
)
"""By the name that options use."""


def layer_maps(
    methods: Sequence[Maps],
    features: Any,
    contrasts: Any,
    *,
    head: Callable[[Any], Any],
    head_weights: Floats | None,
) -> tuple[Any, ...]:
    """Maps by each of the methods.

    Where the head is global average pooling and one dense layer of weights W, the gradients are known in closed form,
    contrast · Wᵀ / (height · width), and all classes are mapped at once. For any other head, only the head is
    differentiated.

    Args:
        methods: such as those of ``LAYER_METHODS``.
        features: (B, H, W, C) tensor.
        contrasts: (B, M, K) float32 tensor, the gradients of M scores by the logits.
        head: features → logits (B, K).
        head_weights: (C, K), the dense kernel of a pooled linear head; None for any other head.

    Returns:
        (B, M, H, W) float32 for each method.
    """
    if not methods:
        return ()
    if head_weights is None:
        parts = list(_differentiated(features, contrasts, head))
    else:
        parts = [_in_closed_form(features, contrasts, head_weights)]
    exact = tf.cast(features, tf.float32)
    return tuple(tf.concat([maps(exact, part) for part in parts], axis=1) for maps in methods)


def _in_closed_form(features: Any, contrasts: Any, head_weights: Floats) -> Any:
    """The gradients of all scores, (B, M, 1, 1, C)."""
    _, height, width, _ = features.shape
    weights = tf.matmul(contrasts, tf.constant(head_weights.T, tf.float32)) / float(height * width)
    return weights[:, :, None, None, :]


def _differentiated(features: Any, contrasts: Any, head: Callable[[Any], Any]) -> Iterator[Any]:
    """The gradients of one score after another, (B, 1, H, W, C): those of all would take much memory."""
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(features)
        logits = head(features)
    for each in range(contrasts.shape[1]):
        weights = tf.cast(contrasts[:, each], logits.dtype)
        yield tf.cast(tape.gradient(logits, features, output_gradients=weights), tf.float32)[:, None]
