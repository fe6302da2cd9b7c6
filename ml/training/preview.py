"""Augments and mixes a few images of a data set exactly as training would, for a preview."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ml.data.example import Example
from ml.data.images import resize
from ml.errors import MlError
from ml.figures.preview_figure import Label, Pair
from ml.training.augmentation.mixing import Mixing, mix
from ml.training.augmentation.random_augmentation import RandomAugmentation
from ml.training.augmentation.strengths import Augmentation
from ml.training.randomness import seed_of


@dataclass(frozen=True)
class PreviewOptions:
    """How to change the images; ``augmentation`` is None for the baseline pipeline."""

    augmentation: Augmentation | None
    mixing: Mixing
    image_size: int
    seed: int = 0


def sample_positions(total: int, images: int, *, seed: int) -> list[int]:
    """The positions of ``images`` different images, drawn at random from the whole split, in order."""
    count = min(images, total)
    return sorted(int(place) for place in np.random.default_rng(seed).choice(total, count, replace=False))


def augment_examples(examples: Sequence[Example], class_names: Sequence[str], options: PreviewOptions) -> list[Pair]:
    """Each example with its augmented, mixed version; mixing partners are taken from the examples.

    Args:
        examples: all with an image and a label.
        class_names: in label order.

    Raises:
        MlError: there is nothing to show.
    """
    originals = [resize(example.image, options.image_size) for example in examples if example.image is not None]
    if not originals:
        raise MlError("there is not one usable image to preview")
    labels = np.array([example.label for example in examples], np.int32)
    images = np.stack(originals).astype(np.float32)
    if options.augmentation is not None:
        images = RandomAugmentation(options.augmentation, options.image_size)(images, seed_of(options.seed, 0))
    mixed, partners, shares = mix(images, labels, options.mixing, seed=seed_of(options.seed, 1))
    pixels = np.clip(np.rint(np.asarray(mixed)), 0, 255).astype(np.uint8)
    found = zip(labels, np.asarray(partners), np.asarray(shares), strict=True)
    names = [_label(class_names, *each) for each in found]
    return [
        Pair(original, class_names[label], after, name)
        for original, label, after, name in zip(originals, labels, pixels, names, strict=True)
    ]


def _label(class_names: Sequence[str], label: int, partner: int, share: float) -> Label:
    """Both classes with their shares, the larger first; one where the image is not mixed, or with its own class."""
    if share >= 1 or label == partner:
        return ((class_names[label], 1.0),)
    both = ((class_names[label], float(share)), (class_names[partner], 1 - float(share)))
    return tuple(sorted(both, key=lambda each: -each[1]))
