"""Reads single images of a split again, as the model sees them, and keeps the last ones."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from jobs.errors import Retryable
from ml.data.image_size import ImageSize, height_and_width
from ml.data.images import resize
from workers.inputs.dataset_source import DatasetSource
from workers.kinds.audit.given.seen_images import SeenImages

Images = npt.NDArray[np.uint8]
KEPT = 512
# Up to so many pictures that were not asked for are read in between: that is faster than opening the data set again.
_GAP = 3


class SplitPictures:
    """Gives images (n, H, W, 3) uint8 by their rows in what was seen of a split.

    Args:
        source: the data set.
        split: the name of the split.
        seen: the images of the split that can be read.
        size: height and width of the images.
        check: called between pictures; may raise to stop.
    """

    def __init__(
        self, source: DatasetSource, split: str, seen: SeenImages, *, size: ImageSize, check: Callable[[], None]
    ) -> None:
        self._source, self._split, self._seen = source, split, seen
        self._size, self._check = size, check
        self._readable = frozenset(seen.indices.tolist())
        self._kept: OrderedDict[int, Images] = OrderedDict()

    def __call__(self, indices: Sequence[int], /) -> Images:
        """The images of these rows, in this order; of none, (0, H, W, 3).

        Raises:
            Retryable: a picture that could be read before cannot be read now.
        """
        places = [int(self._seen.indices[row]) for row in indices]
        found = {place: self._kept[place] for place in places if place in self._kept}
        missing = sorted(set(places) - found.keys())
        for start, stop in _runs(missing, self._readable):
            found |= dict(self._read(start, stop, wanted=set(missing)))
        self._keep(found)
        if not places:
            return np.empty((0, *height_and_width(self._size), 3), np.uint8)
        return np.stack([found[place] for place in places])

    def _read(self, start: int, stop: int, *, wanted: set[int]) -> Iterator[tuple[int, Images]]:
        for example in self._source.read(self._split, start=start, stop=stop):
            self._check()
            if example.index in wanted:
                if example.image is None:
                    raise Retryable(f"{example.image_id} could be read before, and now: {example.error}")
                yield example.index, resize(example.image, self._size)

    def _keep(self, found: dict[int, Images]) -> None:
        self._kept |= found
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)


def _runs(places: Iterable[int], readable: frozenset[int]) -> list[tuple[int, int]]:
    """Slices that cover these places (ascending), with small gaps, which hold readable pictures alone.

    A picture that is not readable may be one that ends its worker.
    """
    runs: list[tuple[int, int]] = []
    for place in places:
        start, stop = runs[-1] if runs else (place, -_GAP - 1)
        if place - stop <= _GAP and readable.issuperset(range(stop, place)):
            runs[-1] = (start, place + 1)
        else:
            runs.append((place, place + 1))
    return runs
