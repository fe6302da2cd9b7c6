"""Whether the input pipeline keeps up: the training step fed by it, over the same step on one batch again and again."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice, repeat
from statistics import median
from typing import Any

import numpy as np

from bench.train.recipe import Places
from ml.data.batches import LabelledArrays
from ml.data.datasets import describe
from ml.training.augmentation.random_augmentation import RandomAugmentation
from ml.training.augmentation.strengths import NOTHING, Policy
from ml.training.image_phase import ImagePhase, Splits
from ml.training.input_pipeline import InputPipeline
from ml.training.learning_step import class_weights
from ml.training.options import TrainingOptions
from ml.training.progress import Reporter
from ml.training.randomness import shuffled
from ml.training.training_data import TrainingData

STEPS, ROUNDS = 12, 3
POLICIES: tuple[Policy, ...] = ("none", "trivial", "rand", "augmix")


def measure(places: Places) -> Mapping[str, object]:
    """Images per second with varied, mixed images over images per second with a batch in memory; medians of rounds.

    For the strengths of the example, and for each policy beside its flip and crop.
    """
    options = places.example("fine-tuned")
    data = _data(options)
    images = data.images(options.train_split)
    classes = len(data.description.class_names)
    weights = class_weights(images.labels, classes, options.class_weights)
    pipelines = {policy: _pipeline(options, policy, images, weights) for policy in POLICIES}
    splits = Splits(pipelines["none"], images, len(images))
    phase = ImagePhase(options, "fine_tune", splits, num_classes=classes, start=None)

    def batches(policy: Policy, seed: int) -> Any:
        order = shuffled(len(images), seed=seed, epoch=1)
        return pipelines[policy].batches(order, options.batch_size, seed=(seed,))

    cached = next(iter(batches("none", 0)))
    np.asarray(phase.take_step(cached))
    same: list[float] = []
    fed: dict[Policy, list[float]] = {policy: [] for policy in POLICIES}
    for number in range(1, ROUNDS + 1):
        same.append(_seconds(phase, repeat(cached)))
        for policy, seconds in fed.items():
            seconds.append(_seconds(phase, iter(batches(policy, number))))
    return _figures(STEPS * options.batch_size, same, fed)


def _figures(images: int, same: list[float], fed: Mapping[Policy, list[float]]) -> dict[str, object]:
    names = {policy: "" if policy == "none" else f"_{policy}" for policy in fed}
    return {
        **{f"input_ratio{names[policy]}": median(same) / median(seconds) for policy, seconds in fed.items()},
        "input_fed_images_per_s": images / median(fed["none"]),
        "input_cached_images_per_s": images / median(same),
    }


def _data(options: TrainingOptions) -> TrainingData:
    description = describe(options.dataset, data_dir=options.data_dir)

    def reporter(activity: Any, steps: int) -> Reporter:
        return Reporter(lambda _: None, activity, steps, options.total_epochs)

    return TrainingData(options, description, reporter)


def _pipeline(options: TrainingOptions, policy: Policy, images: LabelledArrays, weights: Any) -> InputPipeline:
    """The example's pipeline, or the same with a policy in the place of its other strengths."""
    strengths = options.augmentation
    if policy != "none":
        strengths = replace(NOTHING, policy=policy, flip=strengths.flip, resized_crop=strengths.resized_crop)
    augment = RandomAugmentation(strengths, options.view_size)
    return InputPipeline(images, augment=augment, mixing=options.mixing, class_weights=weights)


def _seconds(phase: ImagePhase, batches: Iterator[Any]) -> float:
    """Seconds of some steps on the next batches."""
    started_at = time.perf_counter()
    for batch in islice(batches, STEPS):
        np.asarray(phase.take_step(batch))
    return time.perf_counter() - started_at
