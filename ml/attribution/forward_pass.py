"""Computes logits, and maps of several classes by the methods of a layer, in one compiled forward pass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from ml.attribution.layer_methods import GRADCAM, LAYER_METHODS, Maps, layer_maps
from ml.attribution.scores import CENTRED, Score, resolved_foils
from ml.fixed_batch import FixedBatch
from ml.models.classifier_functions import ClassifierFunctions

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]
GRADCAM_ALONE: Mapping[str, Maps] = MappingProxyType({GRADCAM: LAYER_METHODS[GRADCAM]})


@dataclass(frozen=True, eq=False)
class ForwardResult:
    """The result of one forward pass over n images.

    Attributes:
        logits: (n, K) float32.
        classes: (n, M), the requested ones; ranks are resolved to classes.
        foils: (n, M), the classes that they are held against, or ``ml.attribution.scores.NO_FOIL``.
        maps: by method (n, M, H, W), those of these classes, at the feature layer's own resolution.
        features: (n, C) float32, the means of the feature layer's channels over its places.
    """

    logits: Floats
    classes: Ints
    foils: Ints
    maps: Mapping[str, Floats]
    features: Floats


def class_of_rank(rank: int) -> int:
    """A negative number that requests the class of this rank, 0 for the prediction, before the logits are known."""
    return -1 - rank


class ForwardPass:
    """A forward pass, compiled once for uint8 images, and once for float32 images if there are any.

    Args:
        functions: of the model.
        classes: M, how many maps each image gets by each method.
        batch_size: B.
        methods: such as ``LAYER_METHODS``, by the names that the maps get.
        score: what is explained of a class that has no foil of its own.
    """

    def __init__(
        self,
        functions: ClassifierFunctions,
        *,
        classes: int,
        batch_size: int,
        methods: Mapping[str, Maps] = GRADCAM_ALONE,
        score: Score = CENTRED,
    ) -> None:
        self._score = score
        self._methods = dict(methods)
        self._functions = functions
        shape = (*functions.image_size, 3)
        self._batches = {
            np.dtype(dtype.as_numpy_dtype): FixedBatch(
                self.compute, [(shape, dtype), ((classes,), tf.int32), ((classes,), tf.int32)], size=batch_size
            )
            for dtype in (tf.uint8, tf.float32)
        }

    def __call__(self, images: npt.NDArray[np.uint8] | Floats, asked: Ints, foils: Ints | None = None) -> ForwardResult:
        """Pass n images.

        Args:
            images: (n, H, W, 3) raw RGB, uint8 or float32.
            asked: (n, M), the classes to map, or ``class_of_rank(rank)``.
            foils: (n, M), as ``ml.attribution.scores.resolved_foils`` takes them; None: as the score says of images
                without labels.
        """
        held = np.full_like(asked, self._score.foil_of(None)) if foils is None else foils
        logits, features, classes, found, *maps = self._batches[images.dtype](images, asked, held)
        return ForwardResult(logits, classes, found, dict(zip(self._methods, maps, strict=True)), features)

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

    def compute(self, images: Any, asked: Any, held: Any) -> Any:
        """The function that is compiled: see ``__call__``; of tensors, and the maps of each method come last."""
        pixels = tf.cast(images, tf.float32)
        features, logits = self._functions.body(pixels)
        logits = tf.cast(logits, tf.float32)
        classes = _resolved(asked, logits)
        foils = resolved_foils(held, classes, logits)
        contrasts = self._score.contrasts(logits, classes, foils)
        functions = self._functions
        maps = layer_maps(
            list(self._methods.values()),
            features,
            contrasts,
            head=lambda found: functions.head(found, pixels),
            head_weights=functions.head_weights,
        )
        pooled = tf.reduce_mean(tf.cast(features, tf.float32), axis=[1, 2])
        return logits, pooled, classes, foils, *maps


def _resolved(asked: Any, logits: Any) -> Any:
    """The requested classes; negative numbers are ranks, see ``class_of_rank``."""
    ranked = tf.math.top_k(logits, min(asked.shape[-1], logits.shape[-1])).indices
    ranks = tf.clip_by_value(-1 - asked, 0, ranked.shape[-1] - 1)
    return tf.where(asked < 0, tf.gather(ranked, ranks, axis=1, batch_dims=1), asked)
