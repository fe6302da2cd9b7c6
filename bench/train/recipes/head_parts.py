"""What each way to vary images gives a head on a frozen network: minutes, and features are shared by all seeds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bench.train.recipe import Places, best_validation, feature_store, trained
from bench.train.recipes.parts import compared
from ml.training.augmentation.mixing import Mixing
from ml.training.augmentation.strengths import NOTHING, Augmentation
from ml.training.options import OptimizerOptions, TrainingOptions

IMAGE_SIZE, VIEWS, EPOCHS = 160, 2, 30
CROPPED = replace(NOTHING, flip=0.5, resized_crop=0.35)


def measure(places: Places) -> Mapping[str, object]:
    """Validation accuracies of heads, three seeds each, against a head on unvaried images."""
    store = feature_store(places.folder)
    rates = OptimizerOptions("adamw", 0.003, weight_decay=0.1, schedule="cosine")
    plain = places.plain(image_size=IMAGE_SIZE, epochs=EPOCHS, feature_views=VIEWS, optimizer=rates)
    parts = {name: replace(plain, pipeline="augmented", augmentation=one) for name, one in _augmentations().items()}
    parts["mixing"] = replace(plain, mixing=Mixing("both"))
    parts |= {"label_smoothing": replace(plain, label_smoothing=0.1), "ema": replace(plain, ema_decay=0.99)}

    def accuracy(options: TrainingOptions) -> float:
        return best_validation(trained(options, features=store))

    return {"recipe_head_parts": compared(plain, parts, accuracy)}


def _augmentations() -> Mapping[str, Augmentation]:
    return {
        "flip and crop": CROPPED,
        "all strengths": Augmentation(),
        "trivial": replace(CROPPED, policy="trivial"),
        "trivial, half strength": replace(CROPPED, policy="trivial", policy_strength=0.5),
        "rand": replace(CROPPED, policy="rand"),
        "augmix": replace(CROPPED, policy="augmix"),
        "quality": replace(CROPPED, gaussian_blur=0.02, motion_blur=0.05, noise=0.1, jpeg=0.8, resolution=0.6),
        "shadow": replace(CROPPED, shadow=0.6),
        "erasing": replace(CROPPED, erasing=0.25),
    }
