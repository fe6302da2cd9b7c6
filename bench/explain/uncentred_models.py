"""Classifiers as training left them, before their logits were centred; made once and kept beside the other files."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import numpy.typing as npt

from bench.explain.real_model import Places, real_images, training_options
from ml.data.datasets import read
from ml.data.images import resize
from ml.models.saved_model import load_model, save_model
from ml.training.checkpoint import Checkpoint, read_state
from ml.training.finished_model import model_from_state
from ml.training.options import FineTuneOptions, OptimizerOptions, TrainingOptions
from ml.training.train import train
from ml.training.training_data import describe_dataset

SMALL_CNN_SIZE = 64
# The whole of examples/fine-tuned.json takes hours on two cores; the offset moves in the head phase most of all.
FINE_TUNED = FineTuneOptions(learning_rate=1e-4, epochs=3, layers=30)


@dataclass(frozen=True, eq=False)
class Uncentred:
    """A classifier and the test images (n, S, S, 3) uint8 on which its maps are judged."""

    model: keras.Model
    feature_layer: str
    images: npt.NDArray[np.uint8]


def frozen(places: Places, *, images: int) -> Uncentred:
    """MobileNetV2, frozen, with a head trained on the 1,020 official training images of Flowers102."""
    return _real(places, training_options(places), "frozen", images)


def fine_tuned(places: Places, *, images: int) -> Uncentred:
    """The same, its last 30 layers trained on for three epochs."""
    options = training_options(places, fine_tune=FINE_TUNED)
    return _real(places, options, "fine-tuned", images)


def small_cnn(places: Places, *, images: int) -> Uncentred:
    """SmallCNN on drawn flowers, as ``florescope demo`` trains it."""
    options = TrainingOptions(
        dataset="synthetic_flowers",
        test_split=None,
        backbone="SmallCNN",
        weights="none",
        image_size=SMALL_CNN_SIZE,
        optimizer=OptimizerOptions("adam", 0.002, schedule="cosine"),
    )
    found = [example.image for example in read(options.dataset, "test", stop=images)]
    drawn = np.stack([resize(image, SMALL_CNN_SIZE) for image in found if image is not None])
    return Uncentred(*_kept(places, options, "small-cnn"), drawn)


def _real(places: Places, options: TrainingOptions, name: str, images: int) -> Uncentred:
    return Uncentred(*_kept(places, options, name), real_images(places, images)[0])


def _kept(places: Places, options: TrainingOptions, name: str) -> tuple[keras.Model, str]:
    path = places.cache / f"uncentred-{name}.keras"
    layer = path.with_suffix(".layer")
    if not path.is_file():
        model, feature_layer = _trained(options)
        layer.write_text(feature_layer)
        save_model(model, path)
    return load_model(path), layer.read_text()


def _trained(options: TrainingOptions) -> tuple[keras.Model, str]:
    seen: list[Checkpoint] = []
    with tempfile.TemporaryDirectory() as folder:
        result = train(options, directory=Path(folder), on_epoch=seen.append, on_batch=lambda _: None)
        best = seen[-1].best_path or seen[-1].path
        classes = len(describe_dataset(options).class_names)
        return model_from_state(read_state(best), options, classes), result.feature_layer
