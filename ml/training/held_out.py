"""Predicts the training images of a fold by the network that did not learn from them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from ml.data.batches import batches_of
from ml.data.example import Example
from ml.evaluation.accuracy import EVALUATION_BATCH, predict_function
from ml.training.options import TrainingOptions
from ml.training.progress import OnBatch, Reporter
from ml.training.training_data import TrainingData, describe_dataset


@dataclass(frozen=True, eq=False)
class HeldOutPredictions:
    """What is predicted of n images, in the order of the split.

    Attributes:
        splits: the name of the split of each image.
        indices: (n,) int64, its position in that split.
        labels: (n,) int32.
        probabilities: (n, classes) float32.
    """

    image_ids: tuple[str, ...]
    splits: tuple[str, ...]
    indices: NDArray[np.int64]
    labels: NDArray[np.int32]
    probabilities: NDArray[np.float32]

    @property
    def predictions(self) -> NDArray[np.int64]:
        """(n,): the likeliest class of each image."""
        return self.probabilities.argmax(axis=1)


def predict_held_out(model: keras.Model, options: TrainingOptions, *, on_batch: OnBatch) -> HeldOutPredictions:
    """Predict the images of ``options.fold``.

    Args:
        model: trained with these options.
        options: of the training, with a fold.
        on_batch: called while images are read; may raise to stop.

    Raises:
        DatasetUnavailable: the images cannot be read again.
        MlError: not one of them is usable any more.
    """

    def reporter(activity: Any, steps: int) -> Reporter:
        return Reporter(on_batch, activity, steps, options.total_epochs, options.total_epochs)

    data = TrainingData(options, describe_dataset(options), reporter)
    seen: list[tuple[str, Example]] = []

    def noted() -> Iterator[Example]:
        for split, example in data.held_out():
            seen.append((split, replace(example, image=None)))
            yield example

    predict = predict_function(model)
    logits = [
        predict(batch.inputs)[: batch.images]
        for batch in batches_of(noted(), EVALUATION_BATCH, image_size=options.image_size)
    ]
    if not logits:
        raise data.no_usable_images(options.train_split)
    return HeldOutPredictions(
        tuple(example.image_id for _, example in seen),
        tuple(split for split, _ in seen),
        np.array([example.index for _, example in seen], np.int64),
        np.array([example.label for _, example in seen], np.int32),
        np.asarray(softmax(np.concatenate(logits).astype(np.float64), axis=1), np.float32),
    )
