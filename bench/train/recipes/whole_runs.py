"""How accurate, calibrated and robust the recipe makes a network: hours on two cores, and it goes on if it is ended."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from itertools import islice
from typing import Any

import keras
import numpy as np

from bench.train.kept_training import kept_training
from bench.train.recipe import Places, feature_store
from ml.data.datasets import read
from ml.data.images import resize
from ml.evaluation.calibration import calibration_error
from ml.evaluation.corruptions.table import CORRUPTIONS, SEVERITIES
from ml.evaluation.predictions import score, wilson_interval
from ml.evaluation.predictor import LogitPredictor
from ml.evaluation.robustness import EvaluationOptions, Picture, RobustnessEvaluator
from ml.training.history import best_of
from ml.training.options import TrainingOptions
from ml.training.train import Checkpoint, TrainingResult

BATCH, UNDER_CONDITIONS = 64, 256
WITHOUT_MASKS = tuple(name for name in CORRUPTIONS if name != "background")
"""Another background needs the object's mask, from GradCAM: ``examples/robustness.json`` measures it, too."""


def measure(places: Places) -> Mapping[str, object]:
    """Train the recipe, repeat it on both splits, train today's recipe, and test each once."""
    recipe = replace(places.example("recipe"), test_split=None)
    first = _trained(places, recipe, "recipe")
    second = _trained(places, _refit(recipe, first), "refit")
    today = _trained(places, replace(places.example("fine-tuned"), test_split=None), "fine-tuned")
    errors = {name: _errors(run.model, recipe) for name, run in (("recipe", first), ("today", today))}
    return {
        **_tested("accuracy_1020", first.model, recipe),
        # Of its epochs, also of those before it was ended and started again.
        "accuracy_1020_minutes": sum(each.seconds for each in first.history) / 60,
        **_tested("accuracy_2040", second.model, recipe),
        **_ratio(errors["recipe"], errors["today"]),
    }


def _trained(places: Places, options: TrainingOptions, name: str) -> TrainingResult:
    def say(checkpoint: Checkpoint) -> None:
        print(f"{name}: {checkpoint.history[-1]}", file=sys.stderr, flush=True)

    store = feature_store(places.folder)
    return kept_training(options, places.folder / "recipes" / name, features=store, on_epoch=say)


def _refit(options: TrainingOptions, run: TrainingResult) -> TrainingOptions:
    """The same on training and validation images, for as many epochs as were best, or in the published mean."""
    heads = tuple(each for each in run.history if each.phase == "head")
    best_head = best_of(heads)
    averaged = run.mean.epochs if run.mean and run.mean.published else ()
    tuned = max(max(averaged, default=run.best_epoch) - len(heads), 0)
    return replace(
        options,
        train_split=f"{options.train_split}+{options.validation_split}",
        validation_split=None,
        fine_tune=replace(options.fine_tune, average_last=len(averaged)),
        stop_after={"head": best_head.epoch if best_head else 0, "fine_tune": tuned},
        temperature=run.calibration.temperature if run.calibration else None,
    )


def _pictures(options: TrainingOptions, model: keras.Model, count: int | None) -> Iterator[Picture]:
    side = int(model.input_shape[1])
    for example in read(options.dataset, "test", stop=count, data_dir=options.data_dir):
        if example.image is not None and example.label is not None:
            yield Picture(example.image_id, resize(example.image, side), example.label)


def _batches(options: TrainingOptions, model: keras.Model, count: int | None) -> Iterator[list[Picture]]:
    pictures = _pictures(options, model, count)
    while batch := list(islice(pictures, BATCH)):
        yield batch


def _tested(name: str, model: keras.Model, options: TrainingOptions) -> Mapping[str, object]:
    """Accuracy with its interval, and the calibration error with its own, on all test images."""
    predictor = LogitPredictor(model, batch_size=BATCH)
    logits, labels = [], []
    for pictures in _batches(options, model, None):
        logits.append(predictor.predict(np.stack([each.image for each in pictures])).logits)
        labels += [each.label for each in pictures]
    found = score(np.concatenate(logits), np.array(labels, np.int32))
    right, calibration = int(found.correct.sum()), calibration_error(found)
    return {
        name: right / len(labels),
        f"{name}_interval_95": wilson_interval(right, len(labels)),
        f"{name}_images": len(labels),
        f"{name}_calibration": asdict(calibration) if calibration else None,
    }


def _errors(model: keras.Model, options: TrainingOptions) -> Mapping[tuple[str, int], float]:
    """The share of wrong predictions under each condition."""
    evaluator = RobustnessEvaluator(
        LogitPredictor(model, batch_size=BATCH), EvaluationOptions(WITHOUT_MASKS, SEVERITIES)
    )
    wrong: dict[Any, list[Any]] = {}
    for pictures in _batches(options, model, UNDER_CONDITIONS):
        found = evaluator.evaluate(pictures, on_condition=lambda _: None)
        for condition, scored in found.corrupted.items():
            wrong.setdefault(condition, []).append(1 - scored.correct)
    return {condition: float(np.concatenate(parts).mean()) for condition, parts in wrong.items()}


def _ratio(recipe: Mapping[Any, float], today: Mapping[Any, float]) -> Mapping[str, object]:
    worse = {f"{name} {severity}": recipe[name, severity] - today[name, severity] for name, severity in recipe}
    return {
        "corruption_ratio": sum(recipe.values()) / sum(today.values()),
        "corruption_images": UNDER_CONDITIONS,
        "corruption_conditions": len(recipe),
        "corruption_worst": max(worse.items(), key=lambda each: each[1]),
    }
