"""Converts a model to bfloat16, and measures whether that is faster and accurate enough.

bfloat16 is faster on some machines for some networks; on others it only costs accuracy. So both are measured: the
time, and whether the maps still rank the pixels alike.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import keras
import numpy as np
import numpy.typing as npt

from ml.attribution.forward_pass import ForwardPass, class_of_rank
from ml.attribution.integrated_gradients.path_gradients import PathEnds, PathGradients
from ml.attribution.integrated_gradients.quadrature import graded_nodes
from ml.attribution.layer_methods import GRADCAM
from ml.attribution.quality.randomization import similarity
from ml.attribution.scores import CENTRED, LIKELIEST_OTHER, NO_FOIL, Score
from ml.device import on_gpu
from ml.errors import BadOption
from ml.models.classifier_functions import ClassifierFunctions, classifier_functions
from ml.models.clone import clone_with, copy_weights, is_flat

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

Precision = Literal["float32", "bfloat16"]
MIN_SPEEDUP = 1.1
MIN_RANK_CORRELATION = 0.99
IMAGES, NODES, REPEATS = 4, 8, 3


@dataclass(frozen=True)
class PrecisionProbe:
    """What was measured.

    Attributes:
        speedup: time of gradients in float32 over that in bfloat16.
        rank_correlation: the smallest Spearman correlation of a float32 map with its bfloat16 map.
    """

    speedup: float
    rank_correlation: float

    @property
    def choice(self) -> Precision:
        """``bfloat16`` where it is faster and the maps agree, else ``float32``."""
        good = self.speedup >= MIN_SPEEDUP and self.rank_correlation >= MIN_RANK_CORRELATION
        return "bfloat16" if good else "float32"


def default_precision() -> Literal["float32", "auto"]:
    """The precision where none was requested: the probe on a GPU, float32 on a CPU.

    The probe compiles everything twice. On two cores that took 19 s for MobileNetV2 and 60 s for ResNet50, as long as
    GradCAM of a thousand and of five hundred images, only to find that bfloat16 was half as fast.
    """
    return "auto" if on_gpu() else "float32"


def in_bfloat16(model: keras.Model) -> keras.Model:
    """A copy that computes in bfloat16, with float32 weights, input preprocessing and logits.

    Raises:
        BadOption: the model is not flat.
    """
    if not is_flat(model):
        raise BadOption(
            "precision 'bfloat16': this model holds another model as a layer; use 'float32'", field="precision"
        )
    last = model.outputs[0]._keras_history.operation.name
    preparing = (keras.layers.InputLayer, keras.layers.Rescaling, keras.layers.Normalization)

    def change(layer: keras.Layer) -> keras.Layer | None:
        if layer.name == last or isinstance(layer, preparing):
            return None
        return type(layer).from_config(layer.get_config() | {"dtype": "mixed_bfloat16"})

    clone = clone_with(model, change)
    for layer in model.layers:
        if layer.weights:
            copy_weights(layer, clone.get_layer(layer.name))
    return clone


def probe(model: keras.Model, images: Pixels, *, feature_layer: str, score: Score = CENTRED) -> PrecisionProbe:
    """Compare both precisions on a few images; a model that is not flat stays in float32.

    Args:
        model: computing in float32.
        images: (n, S, S, 3) uint8, n at least 1; the first few are used.
        feature_layer: as for GradCAM.
        score: what is explained; against any foil, the likeliest other class stands for it.
    """
    if not is_flat(model):
        return PrecisionProbe(1.0, 1.0)
    some = images[:IMAGES]
    exact, coarse = (
        _measured(classifier_functions(each, feature_layer=feature_layer), some, score)
        for each in (model, in_bfloat16(model))
    )
    pairs = zip(exact[1], coarse[1], strict=True)
    least = np.min([_agreement(one, other) for one, other in pairs])  # NaN, of broken numbers, stays NaN
    return PrecisionProbe(exact[0] / coarse[0], float(least))


def _measured(functions: ClassifierFunctions, images: Pixels, score: Score) -> tuple[float, list[Floats]]:
    """Seconds for a batch of gradients, and the maps of all images by both methods."""
    size = functions.image_size
    forward = ForwardPass(functions, classes=1, batch_size=len(images), score=score)
    asked = np.full((len(images), 1), class_of_rank(0), np.int32)
    passed = forward(images, asked, np.full_like(asked, NO_FOIL if score.foil is None else LIKELIEST_OTHER))
    gradients = PathGradients(
        functions.logits, image_size=size, batch_size=NODES * len(images), slots=len(images), score=score
    )
    for slot, image in enumerate(images):
        end = image.astype(np.float32)
        target, foil = int(passed.classes[slot, 0]), int(passed.foils[slot, 0])
        gradients.open(slot, PathEnds(end, np.zeros_like(end), target, foil))
    slots = np.repeat(np.arange(len(images), dtype=np.int32), NODES)
    alphas = np.tile(graded_nodes(NODES), len(images)).astype(np.float32)
    maps = gradients(slots, alphas)[1].reshape(len(images), NODES, *size).mean(axis=1)
    return _seconds(lambda: gradients(slots, alphas)), [*passed.maps[GRADCAM][:, 0], *maps]


def _seconds(work: Callable[[], Any]) -> float:
    """Seconds of the fastest of a few runs."""
    times = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return min(times)


def _agreement(one: Floats, other: Floats) -> float:
    """Rank correlation of two maps; 1 where both are constant."""
    if np.ptp(one) == np.ptp(other) == 0:
        return 1.0
    return similarity(one, other).signed
