"""Computes logits and GradCAM maps for several classes in one compiled forward pass."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from ml.attribution.gradcam import closed_form_maps, differentiated_maps
from ml.fixed_batch import FixedBatch

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class ForwardResult:
    """The result of one forward pass over n images.

    Attributes:
        logits: (n, K) float32.
        classes: (n, M), the requested ones; ranks are resolved to classes.
        maps: (n, M, H, W) GradCAM of these classes, at the feature layer's own resolution.
    """

    logits: Floats
    classes: Ints
    maps: Floats


def class_of_rank(rank: int) -> int:
    """A negative number that requests the class of this rank, 0 for the prediction, before the logits are known."""
    return -1 - rank


class ForwardPass:
    """A forward pass, compiled once for uint8 images, and once for float32 images if there are any.

    Args:
        body: images (B, S, S, 3) float32 → features (B, H, W, C), logits (B, K).
        head: features → logits; used where there are no ``head_weights``.
        head_weights: (C, K), where the head is global average pooling and one linear dense layer.
        image_size: S.
        classes: M, how many maps each image gets.
        batch_size: B.
    """

    def __init__(
        self,
        body: Callable[[Any], Any],
        head: Callable[[Any], Any],
        head_weights: Floats | None,
        *,
        image_size: int,
        classes: int,
        batch_size: int,
    ) -> None:
        self._body, self._head, self._head_weights = body, head, head_weights
        shape = (image_size, image_size, 3)
        self._batches = {
            np.dtype(dtype.as_numpy_dtype): FixedBatch(
                self._pass, [(shape, dtype), ((classes,), tf.int32)], size=batch_size
            )
            for dtype in (tf.uint8, tf.float32)
        }

    def __call__(self, images: npt.NDArray[np.uint8] | Floats, asked: Ints) -> ForwardResult:
        """Pass n images.

        Args:
            images: (n, S, S, 3) raw RGB, uint8 or float32.
            asked: (n, M), the classes to map, or ``class_of_rank(rank)``.
        """
        return ForwardResult(*self._batches[images.dtype](images, asked))

    @property
    def batch_size(self) -> int:
        """Images per batch; halved when memory runs out."""
        return min(batch.size for batch in self._batches.values())

    @property
    def traces(self) -> int:
        """How many times a function was traced: once for each type of input."""
        return sum(batch.traces for batch in self._batches.values())

    @property
    def later_traces(self) -> int:
        """How many times a function was traced after the first batch of its type of input."""
        return sum(batch.later_traces for batch in self._batches.values())

    def _pass(self, images: Any, asked: Any) -> Any:
        features, logits = self._body(tf.cast(images, tf.float32))
        logits = tf.cast(logits, tf.float32)
        classes = _resolved(asked, logits)
        if self._head_weights is None:
            return logits, classes, differentiated_maps(features, classes, self._head)
        return logits, classes, closed_form_maps(features, classes, self._head_weights)


def _resolved(asked: Any, logits: Any) -> Any:
    """The requested classes; negative numbers are ranks, see ``class_of_rank``."""
    ranked = tf.math.top_k(logits, min(asked.shape[-1], logits.shape[-1])).indices
    ranks = tf.clip_by_value(-1 - asked, 0, ranked.shape[-1] - 1)
    return tf.where(asked < 0, tf.gather(ranked, ranks, axis=1, batch_dims=1), asked)
