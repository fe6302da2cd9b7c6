"""Times what others compute, in their own environment: xplique and tf-keras-vis, each at its best batch size.

Imports nothing of this project; prints one line of JSON last.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf
from tf_keras_vis.gradcam import Gradcam
from tf_keras_vis.utils.scores import CategoricalScore
from xplique.attributions import GradCAM, IntegratedGradients

Floats = npt.NDArray[np.float32]

BATCH_SIZES = (8, 16, 32, 64)
STEPS = (50, 75, 100, 150, 200, 400, 800)
ROUNDS = 3


@dataclass(frozen=True)
class Paths:
    """What Integrated Gradients from black are computed of, and the maps that they should give (m, S, S)."""

    images: Floats
    targets: npt.NDArray[np.int32]
    maps: Floats


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", help=".keras file whose output are logits")
    parser.add_argument("images", help=".npz with images (n, S, S, 3) uint8 and targets (n,)")
    parser.add_argument("paths", help=".npz with images (m, S, S, 3) uint8, targets (m,) and true maps (m, S, S)")
    parser.add_argument("--layer", required=True)
    parser.add_argument("--delta", type=float, required=True, help="median relative δ to be reached")
    parser.add_argument("--map-error", type=float, required=True, help="median error of the maps to be reached")
    asked = parser.parse_args()
    model = keras.models.load_model(asked.model, compile=False)
    with np.load(asked.images) as kept:
        images, targets = kept["images"].astype(np.float32), kept["targets"].astype(np.int32)
    with np.load(asked.paths) as kept:
        paths = Paths(kept["images"].astype(np.float32), kept["targets"].astype(np.int32), kept["maps"])
    found = {
        "gradcam": {
            "xplique": best(xplique_gradcam(model, images, targets, asked.layer), len(images)),
            "tf_keras_vis": best(tf_keras_vis_gradcam(model, images, targets, asked.layer), len(images)),
        },
        "integrated_gradients": {"xplique": xplique_ig(model, paths, asked.delta, asked.map_error)},
    }
    print(json.dumps(found))


def best(work: Callable[[int], object], images: int) -> dict[str, float]:
    """Images per second at the batch size that suits best; ``work`` takes it and explains all images."""
    rates = {}
    for size in BATCH_SIZES:
        work(size)
        rates[size] = max(_rate(work, size, images) for _ in range(ROUNDS))
    size = max(rates, key=lambda each: rates[each])
    return {"images_per_s": rates[size], "batch_size": size}


def _rate(work: Callable[[int], object], size: int, images: int) -> float:
    started = time.perf_counter()
    work(size)
    return images / (time.perf_counter() - started)


def xplique_gradcam(
    model: keras.Model, images: Floats, targets: npt.NDArray[np.int32], layer: str
) -> Callable[[int], object]:
    """GradCAM at a layer, given by name: by itself xplique chooses another."""
    one_hot = np.eye(model.output_shape[-1], dtype=np.float32)[targets]
    explainers = {size: GradCAM(model, conv_layer=layer, batch_size=size) for size in BATCH_SIZES}
    return lambda size: np.asarray(explainers[size].explain(images, one_hot))


def tf_keras_vis_gradcam(
    model: keras.Model, images: Floats, targets: npt.NDArray[np.int32], layer: str
) -> Callable[[int], object]:
    """GradCAM; one call is one batch, so cut the images up as its users must."""
    explainer = Gradcam(model, clone=True)

    def work(size: int) -> object:
        return [
            explainer(
                CategoricalScore([int(label) for label in targets[start : start + size]]),
                images[start : start + size],
                penultimate_layer=layer,
                seek_penultimate_conv_layer=False,
            )
            for start in range(0, len(images), size)
        ]

    return work


def xplique_ig(model: keras.Model, paths: Paths, delta: float, map_error: float) -> Mapping[str, Mapping[str, float]]:
    """Integrated Gradients at 50 steps, the default, and at as many as the wanted δ and error of the map take."""
    images, targets = paths.images, paths.targets
    differences = _differences(model, images, targets)
    size = _best_ig_batch_size(model, images[:2], targets[:2])
    found: dict[str, Mapping[str, float]] = {}
    for steps in STEPS:
        _ig(model, images[:1], targets[:1], steps=steps)(size)
        work = _ig(model, images, targets, steps=steps)
        started = time.perf_counter()
        maps = np.asarray(work(size), np.float64).reshape(paths.maps.shape)
        rate = len(images) / (time.perf_counter() - started)
        missed = np.abs(maps.sum(axis=(1, 2)) - differences) / np.abs(differences)
        errors = np.abs(maps - paths.maps).sum(axis=(1, 2)) / np.abs(paths.maps).sum(axis=(1, 2))
        medians = {"relative_delta_median": float(np.median(missed)), "map_error_median": float(np.median(errors))}
        found[str(steps)] = {"images_per_s": rate, **medians, "batch_size": size}
        if medians["relative_delta_median"] <= delta and medians["map_error_median"] <= map_error:
            break
    return found


def _ig(model: keras.Model, images: Floats, targets: npt.NDArray[np.int32], *, steps: int) -> Callable[[int], Any]:
    one_hot = np.eye(model.output_shape[-1], dtype=np.float32)[targets]
    # Summed over channels: its default, the mean, adds up to a third of F(x) − F(x′).
    explainers = {size: IntegratedGradients(model, batch_size=size, steps=steps, reducer="sum") for size in BATCH_SIZES}
    return lambda size: explainers[size].explain(images, one_hot)


def _best_ig_batch_size(model: keras.Model, images: Floats, targets: npt.NDArray[np.int32]) -> int:
    return int(best(_ig(model, images, targets, steps=STEPS[0]), len(images))["batch_size"])


def _differences(model: keras.Model, images: Floats, targets: npt.NDArray[np.int32]) -> npt.NDArray[np.float64]:
    """F(x) − F(x′) of the target logits, black baseline."""
    ends = [np.asarray(model(tf.constant(part), training=False), np.float64) for part in (images, images[:1] * 0)]
    return np.asarray(ends[0][np.arange(len(images)), targets] - ends[1][0, targets])


if __name__ == "__main__":
    main()
