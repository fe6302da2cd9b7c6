"""Whether the input pipeline keeps up: the training step fed by it, over the same step on one batch again and again."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from itertools import islice, repeat
from statistics import median
from typing import Any

import numpy as np

from bench.train.recipe import Places
from ml.data.datasets import describe
from ml.training.image_phase import ImagePhase, Splits
from ml.training.learning_step import class_weights
from ml.training.progress import Reporter
from ml.training.randomness import shuffled
from ml.training.training_data import TrainingData

STEPS, ROUNDS = 12, 3


def measure(places: Places) -> Mapping[str, object]:
    """Images per second with varied, mixed images over images per second with a batch in memory; medians of rounds."""
    options = places.example("fine-tuned")
    description = describe(options.dataset, data_dir=options.data_dir)

    def reporter(activity: Any, steps: int) -> Reporter:
        return Reporter(lambda _: None, activity, steps, options.total_epochs)

    data = TrainingData(options, description, reporter)
    labels = data.images(options.train_split).labels
    classes = len(description.class_names)
    weights = class_weights(labels, classes, options.class_weights)
    pipeline = data.pipeline(options.train_split, weights)
    splits = Splits(pipeline, data.images(options.train_split), len(labels))
    phase = ImagePhase(options, "fine_tune", splits, num_classes=classes, start=None)

    def batches(seed: int) -> Any:
        return pipeline.batches(shuffled(len(labels), seed=seed, epoch=1), options.batch_size, seed=(seed,))

    cached = next(iter(batches(0)))
    np.asarray(phase.take_step(cached))
    fed, same = [], []
    for number in range(1, ROUNDS + 1):
        same.append(_seconds(phase, repeat(cached)))
        fed.append(_seconds(phase, iter(batches(number))))
    images = STEPS * options.batch_size
    return {
        "input_ratio": median(same) / median(fed),
        "input_fed_images_per_s": images / median(fed),
        "input_cached_images_per_s": images / median(same),
    }


def _seconds(phase: ImagePhase, batches: Iterator[Any]) -> float:
    """Seconds of some steps on the next batches."""
    started_at = time.perf_counter()
    for batch in islice(batches, STEPS):
        np.asarray(phase.take_step(batch))
    return time.perf_counter() - started_at
