"""Whether two slices of splits share images."""

from __future__ import annotations

import pytest

from workers.inputs.planning import SplitBounds, have_common_images

FOLDER, PREPARED = "store:datasets/mine", "oxford_flowers102"
TRAIN, REST, TEST, ALL = ("train", 0, 60), ("train", 60, 100), ("test", 0, 30), ("all", 0, 50)


@pytest.mark.parametrize(
    ("first", "second", "dataset", "expected"),
    [
        (TRAIN, ("train", 59, 80), PREPARED, True),
        (TRAIN, REST, PREPARED, False),
        (TRAIN, TEST, FOLDER, False),
        (TRAIN, ALL, FOLDER, True),
        (ALL, TEST, FOLDER, True),
        (ALL, ("all", 50, 90), FOLDER, False),
        (ALL, TEST, PREPARED, False),
    ],
)
def test_slices_of_one_split_that_overlap_do_and_all_pictures_of_a_folder_do_with_any(
    first: SplitBounds, second: SplitBounds, dataset: str, *, expected: bool
) -> None:
    assert have_common_images(first, second, dataset=dataset) is expected
