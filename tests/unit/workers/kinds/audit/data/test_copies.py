"""What is said of near-duplicates where some images have no label."""

from __future__ import annotations

import numpy as np
import pytest

from ml.audit.data.thumbnail import thumbnail
from ml.data.synthetic.synthetic_flowers import example
from workers.kinds.audit.data.copies import copies
from workers.kinds.audit.given.looked_at import LookedAt, SplitImages
from workers.kinds.audit.given.seen_images import NO_LABEL, SeenImages


def images(split: str, flowers: list[int], *, labels: list[int]) -> SplitImages:
    """Made-up flowers by their numbers; the model takes all for class 1."""
    pictures = [example("train", number).image for number in flowers]
    count = len(flowers)
    seen = SeenImages(
        image_ids=np.array([f"{split}-{row}" for row in range(count)]),
        indices=np.arange(count),
        labels=np.array(labels, np.int32),
        logits=np.tile(np.array([0, 1], np.float32), (count, 1)),
        features=np.zeros((count, 4), np.float16),
        cues=np.zeros((count, 0), np.float32),
        thumbnails=np.stack([thumbnail(picture) for picture in pictures if picture is not None]),
        measures=np.zeros((count, 5)),
    )
    return SplitImages(split, seen)


def looked_at(audited: SplitImages, *, training: SplitImages | None = None) -> LookedAt:
    return LookedAt(audited, training, class_names=("lily", "rose"), seed=0, no_labels="", no_training="none was named")


def test_leaks_are_weighed_by_the_images_that_have_a_label() -> None:
    test = images("test", [0, 1, 2, 3], labels=[NO_LABEL, 1, 1, NO_LABEL])
    (leak,), _ = copies(looked_at(test, training=images("train", [0], labels=[1])))
    assert leak.image_ids == ("test-0",)
    assert leak.effect is not None
    assert (leak.effect.value, leak.effect.n) == (1, 2)
    assert [(each.value, each.n) for each in leak.beside] == [(1, 2)]


@pytest.mark.parametrize(("label", "said"), [(1, False), (NO_LABEL, False), (0, True)])
def test_copies_contradict_each_other_only_where_both_have_a_label(label: int, *, said: bool) -> None:
    (found,), _ = copies(looked_at(images("test", [0, 0, 1], labels=[1, label, 1])))
    assert found.image_ids == ("test-0", "test-1")
    assert ("1 pairs have different labels" in found.words) is said
