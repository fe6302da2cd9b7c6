"""What each part of a recipe gives short trainings of all layers: hours on two cores, and it goes on if it is ended."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace

from bench.train.kept_training import kept_training
from bench.train.recipe import Places, best_validation, feature_store
from bench.train.recipes.parts import compared
from ml.training.options import TrainingOptions

EPOCHS, HEAD_EPOCHS, AVERAGED, DEPTH_RATE = 8, 10, 5, 0.1
GROWING_VIEWS, DROPOUT, DISTILLATION = (160, 208, 256), 0.3, 0.3


def measure(places: Places) -> Mapping[str, object]:
    """Validation accuracies after few epochs of ``examples/recipe.json``, with each of its parts alone, three seeds."""
    recipe, today = places.example("recipe"), places.example("fine-tuned")
    store = feature_store(places.folder)
    plain = _short(today)
    varied = replace(recipe.augmentation, policy="trivial", policy_strength=0.5)
    parts = {
        "lowered quality": replace(plain, augmentation=recipe.augmentation),
        "lowered quality and TrivialAugment": replace(plain, augmentation=varied),
        "growing views": replace(plain, fine_tune=replace(plain.fine_tune, crop_sizes=GROWING_VIEWS)),
        "dropout": replace(plain, fine_tune=replace(plain.fine_tune, dropout=DROPOUT)),
        "distillation": replace(plain, fine_tune=replace(plain.fine_tune, distillation=DISTILLATION)),
        "stochastic depth": replace(plain, fine_tune=replace(plain.fine_tune, stochastic_depth=DEPTH_RATE)),
        "mean of the last epochs": replace(plain, fine_tune=replace(plain.fine_tune, average_last=AVERAGED)),
        "without mixing": replace(plain, mixing=replace(plain.mixing, kind="none")),
        "without average": replace(plain, ema_decay=0.0),
        "one rate for all layers": replace(plain, fine_tune=replace(plain.fine_tune, discriminative=1.0)),
        "the whole recipe": _short(recipe),
    }

    def accuracy(options: TrainingOptions) -> float:
        name = hashlib.sha256(repr(options).encode()).hexdigest()[:16]
        return best_validation(kept_training(options, places.folder / "parts" / name, features=store))

    return {"recipe_tuning_parts": compared(plain, parts, accuracy)}


def _short(options: TrainingOptions) -> TrainingOptions:
    tuning = replace(options.fine_tune, epochs=EPOCHS, warmup_epochs=1)
    return replace(options, epochs=HEAD_EPOCHS, fine_tune=tuning, test_split=None)
