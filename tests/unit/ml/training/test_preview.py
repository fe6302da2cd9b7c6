from __future__ import annotations

import numpy as np
import pytest

from ml.data.example import Example
from ml.errors import MlError
from ml.training.augmentation.mixing import Mixing
from ml.training.augmentation.strengths import Augmentation
from ml.training.preview import PreviewOptions, augment_examples, sample_positions

NAMES = ("rose", "daisy", "tulip")
EXAMPLES = [Example(f"{label}", label, label, np.full((40, 40, 3), 40 + 80 * label, np.uint8)) for label in range(3)]


def test_positions_come_from_all_over_the_split_and_never_twice() -> None:
    places = sample_positions(1000, 16, seed=0)
    assert len(set(places)) == 16
    assert max(places) - min(places) > 500
    assert places == sample_positions(1000, 16, seed=0) != sample_positions(1000, 16, seed=1)
    assert sample_positions(3, 16, seed=0) == [0, 1, 2]


def test_the_baseline_pipeline_without_mixing_changes_nothing() -> None:
    pairs = augment_examples(EXAMPLES, NAMES, PreviewOptions(None, Mixing("none"), 40))
    assert all((pair.original == pair.varied).all() for pair in pairs)
    assert [pair.label for pair in pairs] == [((name, 1.0),) for name in NAMES]


@pytest.mark.parametrize("kind", ["mixup", "cutmix"])
def test_a_mixed_label_weighs_what_the_pixels_do(kind: str) -> None:
    pairs = augment_examples(EXAMPLES, NAMES, PreviewOptions(None, Mixing(kind, alpha=1, probability=1), 40))  # type: ignore[arg-type]
    for pair in pairs:
        expected = sum(share * (40 + 80 * NAMES.index(name)) for name, share in pair.label)
        assert float(pair.varied.mean()) == pytest.approx(expected, abs=1)
        assert sum(share for _, share in pair.label) == pytest.approx(1)
        assert [share for _, share in pair.label] == sorted((share for _, share in pair.label), reverse=True)


def test_augmentation_is_drawn_from_the_seed() -> None:
    rng = np.random.default_rng(0)
    photos = [Example("a", 0, 0, rng.integers(0, 256, (40, 40, 3), dtype=np.uint8)) for _ in range(2)]

    def drawn(seed: int) -> bytes:
        pairs = augment_examples(photos, NAMES, PreviewOptions(Augmentation(), Mixing("none"), 40, seed))
        return b"".join(pair.varied.tobytes() for pair in pairs)

    assert drawn(1) == drawn(1) != drawn(2)


def test_nothing_to_show_is_said() -> None:
    with pytest.raises(MlError, match="not one usable image"):
        augment_examples([], NAMES, PreviewOptions(None, Mixing("none"), 40))
