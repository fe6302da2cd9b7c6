"""Reads the images of one shard: all in a stream, or one by one where one of them may end its worker."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from jobs.results.record import ImageRecord
from ml.data.datasets import Example
from ml.data.image_size import ImageSize
from workers.inputs.dataset_source import DatasetSource
from workers.inputs.poison_images import PoisonImages


@dataclass(frozen=True)
class ShardExamples:
    """The images of a shard.

    Attributes:
        places: of the images in the split.
        labelled: whether the data set's labels are classes of the model; without, images lose theirs.
        image_size: what images are scaled and cropped to; None: they keep their size.
        check: called between images that are read one by one; may raise to stop.
        poison: notes of images that ended a worker; None: images are read in a stream.
    """

    source: DatasetSource
    split: str
    places: range
    labelled: bool
    image_size: ImageSize | None
    check: Callable[[], None]
    poison: PoisonImages | None = None

    def after(self, done: int) -> ShardExamples:
        """Those that follow the first ``done`` images."""
        return replace(self, places=self.places[done:])

    def records(
        self, work: Callable[[Sequence[Example]], Sequence[ImageRecord]], *, batch_size: int
    ) -> Iterator[Sequence[ImageRecord]]:
        """The records of all images, batch by batch; image by image where one of them may end its worker."""
        if self.poison is not None:
            yield from ([record] for record in self.one_by_one(lambda example: work([example])[0], self.poison))
            return
        examples = self.all()
        while batch := list(islice(examples, batch_size)):
            self.check()
            yield work(batch)

    def all(self) -> Iterator[Example]:
        """The images in order."""
        return self._from(self.places.start)

    def one_by_one(self, work: Callable[[Example], ImageRecord], poison: PoisonImages) -> Iterator[ImageRecord]:
        """The record of each image, in order; while one is noted, nothing else is read, decoded or worked on.

        An image that has ended too many workers is not touched: ``work`` gets it as one that cannot be read, but its
        record does not say so, as it may have been read well.
        """
        following: Iterator[Example] | None = None
        for index in self.places:
            self.check()
            if poison.is_poison(index):
                following = None  # which would decode this one next
                record = work(replace(self._identified(index), error=poison.reason(index)))
                yield record.model_copy(update={"unreadable": False})
                continue
            with poison.under_way(index):
                following = following or self._from(index)
                record = work(next(following))
            yield record

    def _from(self, start: int) -> Iterator[Example]:
        if start >= self.places.stop:
            return iter(())
        found = self.source.read(self.split, start=start, stop=self.places.stop, image_size=self.image_size)
        return map(self._labelled, found)

    def _identified(self, index: int) -> Example:
        return self._labelled(self.source.identify(self.split, index))

    def _labelled(self, example: Example) -> Example:
        return example if self.labelled else replace(example, label=None)
