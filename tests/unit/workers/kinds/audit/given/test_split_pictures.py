from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.errors import Retryable
from ml.data.example import Example
from ml.data.image_size import ImageSize
from workers.inputs.dataset_source import DatasetSource
from workers.kinds.audit.given.seen_images import SeenImages
from workers.kinds.audit.given.split_pictures import SplitPictures

IMAGES = 40
UNREADABLE = 7


@dataclass(frozen=True)
class Numbered(DatasetSource):
    """A data set whose pictures are as bright as their number; notes which are read."""

    places: list[int] = field(default_factory=list)

    def read(self, split: str, *, start: int, stop: int, image_size: ImageSize | None = None) -> Iterator[Example]:
        del split, image_size
        for index in range(start, stop):
            self.places.append(index)
            bad = index == UNREADABLE
            yield Example(str(index), index, 0, None if bad else np.full((8, 8, 3), index, np.uint8), error="bad" * bad)


def seen(places: Sequence[int]) -> SeenImages:
    count = len(places)
    return SeenImages(
        image_ids=np.asarray([str(place) for place in places]),
        indices=np.asarray(places, np.int64),
        labels=np.zeros(count, np.int32),
        logits=np.zeros((count, 2), np.float32),
        features=np.zeros((count, 2), np.float16),
        cues=np.zeros((count, 1), np.float32),
        thumbnails=np.zeros((count, 64, 64, 3), np.uint8),
        measures=np.zeros((count, 5)),
    )


def pictures(places: Sequence[int]) -> tuple[SplitPictures, list[int]]:
    source = Numbered("numbered")
    return SplitPictures(source, "test", seen(places), size=(4, 4), check=lambda: None), source.places


@given(st.lists(st.integers(0, IMAGES - 2), max_size=12))
def test_images_come_in_the_order_in_which_they_are_asked_for(rows: list[int]) -> None:
    places = [place for place in range(IMAGES) if place != UNREADABLE]
    found = pictures(places)[0](rows)
    assert found.shape == (len(rows), 4, 4, 3)
    assert [int(image[0, 0, 0]) for image in found] == [places[row] for row in rows]


def test_a_picture_is_read_once() -> None:
    wanted, read = pictures(range(IMAGES))
    wanted([20, 30])
    wanted([30, 20, 20])
    assert read == [20, 30]


def test_pictures_near_each_other_are_read_in_one_go() -> None:
    wanted, read = pictures(range(IMAGES))
    wanted([12, 10, 30])
    assert read == [10, 11, 12, 30]


def test_a_picture_that_was_not_seen_is_not_read_with_its_neighbours() -> None:
    wanted, read = pictures([place for place in range(IMAGES) if place != UNREADABLE])
    wanted([UNREADABLE - 1, UNREADABLE])  # the rows of the pictures before and behind it
    assert read == [UNREADABLE - 1, UNREADABLE + 1]


def test_a_picture_that_cannot_be_read_any_more_is_tried_again_later() -> None:
    wanted, _ = pictures(range(IMAGES))
    with pytest.raises(Retryable, match="7 could be read before, and now: bad"):
        wanted([UNREADABLE])
