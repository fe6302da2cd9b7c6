"""The images of one shard: all of them, or one by one where one of them may end its worker."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from jobs.results.record import ImageRecord
from ml.data.datasets import Example, identify, read
from workers.inputs.image_folders import folder_of_step
from workers.inputs.poison_images import PoisonImages
from workers.step.step_context import StepContext

# One death may be anybody's fault; from the second on, each image is noted before it is touched.
_CAREFUL_AFTER_DEATHS = 2


class ShardExamples:
    """Reads the images that a step is about."""

    def __init__(self, context: StepContext, dataset: str) -> None:
        self.careful = context.deaths >= _CAREFUL_AFTER_DEATHS
        self._context = context
        self._dataset = dataset
        self._split = str(context.plan.split)
        self._shard = context.plan.shard(context.step)
        self._data_dir = context.services.folders.data_dir
        folder = folder_of_step(dataset, context)
        self._folder = replace(folder, ahead=1) if folder and self.careful else folder

    def all(self) -> Iterator[Example]:
        """The images in order."""
        return self._from(self._shard.start)

    def one_by_one(self, work: Callable[[Example], ImageRecord]) -> Iterator[ImageRecord]:
        """The record of each image, in order; nothing is read, decoded or worked on beside the one that is noted.

        An image that has ended too many workers is not touched: ``work`` gets it as one that cannot be read.
        """
        suspects = PoisonImages(self._context)
        following: Iterator[Example] | None = None
        for index in range(self._shard.start, self._shard.stop):
            self._context.pulse.check()
            condemned = suspects.condemned(index)
            if condemned:
                following = None  # which would decode this one next
                yield work(replace(self._identified(index), error=condemned))
                continue
            with suspects.under_way(index):
                following = following or self._from(index)
                record = work(next(following))
            yield record

    def _from(self, start: int) -> Iterator[Example]:
        found = read(
            self._dataset,
            self._split,
            start=start,
            stop=self._shard.stop,
            data_dir=self._data_dir,
            folder=self._folder,
        )
        return map(self._labelled, found)

    def _identified(self, index: int) -> Example:
        found = identify(self._dataset, self._split, index, data_dir=self._data_dir, folder=self._folder)
        return self._labelled(found)

    def _labelled(self, example: Example) -> Example:
        """Without its label, where that is none of the model's classes."""
        return replace(example, label=None) if self._context.plan.labels_left_out else example
