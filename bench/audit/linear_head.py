"""A network whose last activations are averaged and weighed: its predictions and GradCAM maps in closed form."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt
import tensorflow as tf
from scipy.special import softmax

from ml.attribution.gradcam import gradcam_maps
from ml.models.centred_head import centred

Images = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Spatial = Callable[[Images], Floats]
"""Last activations (n, h, w, C) of images."""
_BATCH = 16


@dataclass(frozen=True, eq=False)
class Explained:
    """Predictions (N,), maps (N, h, w) of them and pooled features (N, C)."""

    predicted: npt.NDArray[np.int64]
    maps: Floats
    features: Floats


@dataclass(frozen=True, eq=False)
class LinearHead:
    """The network: ``spatial``, global average pooling, and a dense layer of ``weights`` (C, K) and ``bias`` (K,)."""

    spatial: Spatial
    weights: Floats
    bias: Floats

    def predict(self, images: Images) -> Floats:
        """Probabilities (n, K)."""
        parts = [
            self.spatial(images[start : start + _BATCH]).mean(axis=(1, 2)) for start in range(0, len(images), _BATCH)
        ]
        return softmax(np.concatenate(parts) @ self.weights + self.bias, axis=1)

    def explain(self, images: Images) -> Explained:
        """The predictions and their GradCAM maps."""
        parts = [self._explain(images[start : start + _BATCH]) for start in range(0, len(images), _BATCH)]
        return Explained(*(np.concatenate(some) for some in zip(*parts, strict=True)))

    def _explain(self, images: Images) -> tuple[npt.NDArray[np.int64], Floats, Floats]:
        spatial = self.spatial(images)
        pooled = spatial.mean(axis=(1, 2))
        predicted = (pooled @ self.weights + self.bias).argmax(axis=1)
        gradients = centred(self.weights).T[predicted][:, None, None, None, :]
        return predicted, np.asarray(gradcam_maps(tf.constant(spatial), tf.constant(gradients)))[:, 0], pooled


def in_batches(function: Callable[[tf.Tensor], tf.Tensor]) -> Spatial:
    """A compiled function of any number of images up to a batch, without compiling it anew for each number."""
    compiled = tf.function(function, autograph=False)

    def spatial(images: Images) -> Floats:
        padded = np.zeros((_BATCH, *images.shape[1:]), np.float32)
        padded[: len(images)] = images
        return np.asarray(compiled(tf.constant(padded)))[: len(images)]

    return spatial


def remembered(spatial: Spatial, pictures: Sequence[Images]) -> Spatial:
    """The same function, which computes the activations of some pictures once: cases change few of them."""
    known = {image.tobytes(): number for number, image in enumerate(chain(*pictures))}
    kept = dict[int, Floats]()

    def remembering(images: Images) -> Floats:
        numbers = [known.get(image.tobytes(), -1 - place) for place, image in enumerate(images)]
        new = [place for place, number in enumerate(numbers) if number not in kept]
        computed = dict(zip(new, spatial(images[new]), strict=True)) if new else {}
        kept.update({numbers[place]: activations for place, activations in computed.items() if numbers[place] >= 0})
        return np.stack(
            [computed[place] if place in computed else kept[number] for place, number in enumerate(numbers)]
        )

    return remembering
