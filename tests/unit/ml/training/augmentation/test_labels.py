"""Augmentation changes pictures and never labels: what a batch says of an image is what the data say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ml.data.batches import LabelledArrays
from ml.training.augmentation.mixing import Mixing
from ml.training.augmentation.random_augmentation import RandomAugmentation
from ml.training.augmentation.strengths import Augmentation, Policy
from ml.training.input_pipeline import InputPipeline

LABELS = np.arange(12, dtype=np.int32) % 3
IMAGES = np.random.default_rng(0).integers(0, 256, (12, 24, 24, 3)).astype(np.uint8)
EVERYTHING = Augmentation(
    noise=0.1, jpeg=0.5, gaussian_blur=0.02, motion_blur=0.1, resolution=0.5, shadow=0.5, erasing=1
)


def pipeline(policy: Policy, mixing: Mixing) -> InputPipeline:
    strengths = EVERYTHING if policy == "none" else replace(Augmentation(), policy=policy)
    augment = RandomAugmentation(strengths, 24)
    return InputPipeline(LabelledArrays(IMAGES, LABELS), augment=augment, mixing=mixing, class_weights=np.ones(3, "f4"))


@pytest.mark.parametrize("policy", ["none", "trivial", "rand", "augmix"])
def test_labels_are_those_of_the_images_whatever_is_done_to_them(policy: Policy) -> None:
    order = np.random.default_rng(1).permutation(12)
    batches = list(pipeline(policy, Mixing()).batches(order, 4, seed=(0, 1)))
    for number, batch in enumerate(batches):
        np.testing.assert_array_equal(batch.labels, LABELS[order[4 * number : 4 * number + 4]])
        np.testing.assert_array_equal(batch.shares, np.ones(4))
        assert batch.inputs.shape == (4, 24, 24, 3)


@pytest.mark.parametrize("policy", ["trivial", "rand", "augmix"])
def test_batches_of_an_epoch_are_the_same_whenever_they_are_made(policy: Policy) -> None:
    """In parallel threads, after a restart: a resumed training sees what an uninterrupted one sees."""
    order = np.arange(12)
    before, restarted = (pipeline(policy, Mixing("both")) for _ in range(2))
    one, same, later = (
        np.concatenate([batch.inputs for batch in made.batches(order, 4, seed=(0, epoch))])
        for made, epoch in ((before, 5), (restarted, 5), (before, 6))
    )
    np.testing.assert_array_equal(one, same)
    assert np.abs(one - later).mean() > 1
