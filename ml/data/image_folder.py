"""Reads a folder of pictures as a data set; the caller supplies a function that loads one picture's bytes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from itertools import islice

from ml.data.example import DatasetDescription, Example, slice_of
from ml.data.image_size import ImageSize
from ml.data.images import decode
from ml.errors import BadImage
from ml.thread_pool import thread_pool

# Threads that load and decode pictures, and how many pictures are read ahead.
THREADS = 4
AHEAD = 16


@dataclass(frozen=True)
class FolderImage:
    """One picture before it is read. ``label`` is a class index, or None."""

    image_id: str
    label: int | None


@dataclass(frozen=True, eq=False)
class ImageFolder:
    """A data set of encoded pictures.

    Attributes:
        description: its name, classes and splits.
        images: the pictures of each split, in order.
        load: returns the bytes of a picture by its id; raises BadImage where they are missing or unusable for good,
            and any other error where a later try may succeed.
        ahead: pictures that are loaded and decoded at a time, the requested one included; 1 reads nothing ahead.
        fixed: whether pictures never change while their names and sizes stay.
    """

    description: DatasetDescription
    images: Mapping[str, Sequence[FolderImage]]
    load: Callable[[str], bytes]
    ahead: int = AHEAD
    fixed: bool = False

    def one_at_a_time(self) -> ImageFolder:
        """The same pictures, of which none is read ahead."""
        return replace(self, ahead=1)

    def read(
        self, split: str, *, start: int = 0, stop: int | None = None, image_size: ImageSize | None = None
    ) -> Iterator[Example]:
        """The pictures ``split[start:stop]`` in order; a bad picture gives an example with an error.

        Args:
            split: one of those described.
            start: of the slice.
            stop: of the slice; None for the end of the split.
            image_size: scale and crop them to this side while they are decoded.

        Raises:
            UnknownName: no such split.
            MlError: the slice does not lie within the split.
        """
        indices = slice_of(self.description, split, start, stop)
        return self._examples(self.images[split], indices, image_size)

    def identify(self, split: str, index: int) -> Example:
        """One example without its picture; see ``ml.data.datasets.identify``."""
        [place] = slice_of(self.description, split, index, index + 1)
        image = self.images[split][place]
        return Example(image.image_id, place, image.label, None)

    def _examples(
        self, images: Sequence[FolderImage], indices: range, image_size: ImageSize | None
    ) -> Iterator[Example]:
        """Load and decode a few pictures ahead of the requested one."""
        places = iter(indices)

        def begun(places: Iterable[int]) -> Iterator[Future[Example]]:
            return (pool.submit(self._example, images[place], place, image_size) for place in places)

        with thread_pool(THREADS, name="images") as pool:
            waiting = deque(begun(islice(places, self.ahead)))
            while waiting:
                yield waiting.popleft().result()
                waiting.extend(begun(islice(places, 1)))

    def _example(self, image: FolderImage, index: int, image_size: ImageSize | None) -> Example:
        try:
            return Example(image.image_id, index, image.label, decode(self.load(image.image_id), image_size))
        except BadImage as error:
            return Example(image.image_id, index, image.label, None, error=str(error))
