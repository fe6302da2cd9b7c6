"""What training would see of a data set: a few images, augmented and mixed exactly as the training pipeline does."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ml.augmentation import Augmentation, RandomAugmentation, is_augmented
from ml.errors import MlError
from ml.example import Example
from ml.images import resize
from ml.preview_figure import Pair
from ml.randomness import seed_of


def chosen(total: int, images: int, *, seed: int) -> list[int]:
    """Positions of so many different images, drawn from all over the split, in order."""
    count = min(images, total)
    return sorted(int(place) for place in np.random.default_rng(seed).choice(total, count, replace=False))


def varied(
    examples: Sequence[Example], class_names: Sequence[str], *, pipeline: str, image_size: int, seed: int
) -> list[Pair]:
    """Each example beside what the pipeline makes of it.

    Args:
        examples: all with an image and a label, at least one.
        class_names: in label order.
        pipeline: ``baseline`` or ``augmented``.
        image_size: side of the images in pixels.

    Raises:
        UnknownName: no such pipeline.
        MlError: there is nothing to show.
    """
    originals = [resize(example.image, image_size) for example in examples if example.image is not None]
    if not originals:
        raise MlError("there is not one usable image to preview")
    made = np.stack(originals).astype(np.float32)
    if is_augmented(pipeline):
        made = np.asarray(RandomAugmentation(Augmentation(), image_size)(made, seed_of(seed)))
    pixels = np.clip(np.rint(made), 0, 255).astype(np.uint8)
    names = [class_names[example.label or 0] for example in examples]
    return [
        Pair(original, name, after, ((name, 1.0),))
        for original, name, after in zip(originals, names, pixels, strict=True)
    ]
