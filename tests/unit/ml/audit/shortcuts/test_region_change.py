from __future__ import annotations

import numpy as np

from ml.audit.shortcuts.arms import Group
from ml.audit.shortcuts.masked_pixels import mask_at
from ml.audit.shortcuts.region_change import region_arms
from ml.audit.shortcuts.suspicion import Place

MASK = mask_at(Place(0, 0, 0.5, 0.5), 8, 8, margin=0)


def group(label_of: list[int]) -> Group:
    """Images whose pixels all tell their class."""
    labels = np.asarray(label_of)
    return Group(np.repeat(labels, 8 * 8 * 3).reshape(-1, 8, 8, 3).astype(np.uint8), labels, np.arange(len(labels)))


def test_pixels_of_the_class_go_into_others_and_those_of_others_into_it() -> None:
    arms = region_arms(MASK, group([7] * 3), group([1, 2, 1, 2]), movable=True, rng=np.random.default_rng(0))
    assert (arms.pasted.images[:, MASK] == 7).all()
    assert arms.pasted.images[:, ~MASK].max() == 2
    assert arms.pasted.labels.tolist() == [7] * 4
    filled, exchanged = arms.removed
    assert set(np.unique(filled.images)) <= {6, 7}  # around the region there is nothing else
    assert exchanged.images[:, MASK].max() == 2
    assert (exchanged.images[:, ~MASK] == 7).all()


def test_a_control_asks_what_the_region_of_another_class_does_for_that_class() -> None:
    others = group([1] * 6 + [2] * 6 + [3] * 2)
    arms = region_arms(MASK, group([7] * 3), others, movable=False, rng=np.random.default_rng(0))
    [control] = [make() for make in arms.pasted_controls]
    assert set(control.labels.tolist()) == {7}
    together, *by_class = control.also
    assert (control.images[:, 0, 0, 0] == together.labels).all()
    assert (control.images[:, 7, 7, 0] != together.labels).all()
    assert [set(reading.labels.tolist()) for reading in by_class] == [{1}, {2}]
    assert all((together.labels[reading.rows] == reading.labels).all() for reading in by_class)
    assert all(reading.part for reading in by_class)


def test_with_one_other_class_there_is_nothing_to_exchange() -> None:
    arms = region_arms(MASK, group([7] * 3), group([1] * 4), movable=False, rng=np.random.default_rng(0))
    assert all(len(make().images) == 0 for make in arms.pasted_controls)
