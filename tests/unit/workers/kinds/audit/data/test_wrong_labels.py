from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from workers.kinds.audit.data.wrong_labels import severity_of, wrong_labels
from workers.kinds.audit.given.looked_at import LookedAt, SplitImages
from workers.kinds.audit.given.seen_images import SeenImages

CLASSES, EACH = 3, 30
TRUE = np.repeat(np.arange(CLASSES, dtype=np.int32), EACH)


def seen(*, wrong: int) -> SeenImages:
    """Images that a model knows well, with one wrong label."""
    labels, count = TRUE.copy(), len(TRUE)
    labels[wrong] = (labels[wrong] + 1) % CLASSES
    noise = np.random.default_rng(0).normal(0, 0.1, (count, CLASSES))
    return SeenImages(
        image_ids=np.array([f"image-{row}" for row in range(count)]),
        indices=np.arange(count),
        labels=labels,
        logits=np.asarray(6 * np.eye(CLASSES)[TRUE], np.float32),
        features=np.asarray(np.eye(CLASSES)[TRUE] + noise, np.float16),
        cues=np.zeros((count, 0), np.float32),
        thumbnails=np.zeros((count, 64, 64, 3), np.uint8),
        measures=np.zeros((count, 5)),
    )


LOOKED_AT = LookedAt(
    audited=SplitImages("test", seen(wrong=4)),
    training=SplitImages("train", seen(wrong=40)),
    class_names=("lily", "rose", "tulip"),
    seed=0,
    no_labels="",
    no_training="",
)


def test_each_split_names_its_wrong_label_and_what_judged_it() -> None:
    (test, train), _ = wrong_labels(LOOKED_AT)
    assert (test.image_ids, train.image_ids) == (("image-4",), ("image-40",))
    assert "of a model that did not learn from these images" in test.certainty
    assert "of heads that did not learn from these images, on features of the model, which may have" in train.certainty


def test_networks_of_folds_are_named_where_they_judge() -> None:
    (_, train), _ = wrong_labels(replace(LOOKED_AT, out_of_sample=seen(wrong=40).probabilities))
    assert train.image_ids == ("image-40",)
    assert "of networks that were trained without these images" in train.certainty


@pytest.mark.parametrize(
    ("share", "agreement", "severity"),
    [(0.09, 0.6, "low"), (0.05, 0.8, "high"), (0.02, 0.9, "medium"), (0.005, 0.95, "low")],
)
def test_flags_weigh_as_much_as_the_predictions_behind_them(share: float, agreement: float, severity: str) -> None:
    assert severity_of(share, agreement) == severity
