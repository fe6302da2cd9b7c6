"""The pipeline of a shard: its images are read, explained, measured, drawn, uploaded and recorded at the same time.

One thread reads and decodes, one explains, this one measures, and a few draw and upload. Every queue between them is
bounded, so that a slow store slows the rest down instead of filling the memory.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from jobs.models.artifact import Artifact
from jobs.results.record import NO_NUMBERS, ImageRecord
from ml.attribution.explainer import Explainer, ImageExplanation
from workers.inputs.failure_record import failure_record
from workers.kinds.explain.explained_image import ExplainedImage, Values
from workers.kinds.explain.heatmap_files import HeatmapFiles, Pictures
from workers.kinds.explain.image_record import MethodSettings, image_record
from workers.kinds.explain.map_measures import MapMeasures
from workers.kinds.explain.read_ahead import ReadAhead
from workers.kinds.explain.shard_images import ShardImage
from workers.step.interruption import Stopping
from workers.step.pulse import Pulse
from workers.step.stages import Stages

BATCH = 16
_READ_AHEAD = 4 * BATCH
_EXPLAINED_AHEAD = 2 * BATCH
# So many images' pictures may be under way to the store.
_UNDER_WAY = 4 * BATCH
_LOOK_EVERY_S = 1.0
_LEAVING_S = 10.0


@dataclass(frozen=True, eq=False)
class _Pending:
    """An explained image whose pictures are under way."""

    explained: ExplainedImage
    measured: Mapping[str, Values]
    pictures: Pictures


@dataclass(frozen=True)
class ShardFlow:
    """What the images of one shard pass through."""

    explainer: Explainer
    measures: MapMeasures
    files: HeatmapFiles
    settings: MethodSettings
    pulse: Pulse
    stages: Stages

    def records(self, images: Iterable[ShardImage]) -> Iterator[ImageRecord]:
        """One record per image, in order, soon after its pictures are stored."""
        with (
            ReadAhead(self.stages.each("read", images), depth=_READ_AHEAD, name="read") as read,
            ReadAhead(self._computed(read), depth=_EXPLAINED_AHEAD, name="explain") as explained,
        ):
            yield from self._recorded(explained.batches(BATCH))

    def record(self, image: ShardImage) -> ImageRecord:
        """The record of one image, which nothing else goes on beside."""
        return next(self._recorded([list(self._computed([image]))]))

    def _computed(self, images: Iterable[ShardImage]) -> Iterator[ShardImage | ExplainedImage]:
        return self.stages.each("compute", self._explained(self.stages.waiting("compute", images)))

    def _explained(self, images: Iterable[ShardImage]) -> Iterator[ShardImage | ExplainedImage]:
        """The images in order, those that can be explained with their maps."""
        waiting: deque[ShardImage] = deque()

        def usable() -> Iterator[tuple[npt.NDArray[np.uint8], int | None]]:
            for image in images:
                waiting.append(image)
                if image.pixels is not None:
                    yield image.pixels, image.example.label

        for explanation in self.explainer.stream(usable(), check=self.pulse.check):
            while waiting[0].pixels is None:
                yield waiting.popleft()
            yield _joined(waiting.popleft(), explanation)
        yield from waiting

    def _recorded(self, batches: Iterable[Sequence[ShardImage | ExplainedImage]]) -> Iterator[ImageRecord]:
        under_way: deque[ShardImage | _Pending] = deque()
        try:
            for batch in batches:
                under_way.extend(self._measured(batch))
                while under_way and (len(under_way) > _UNDER_WAY or _stored(under_way[0])):
                    yield self._record(under_way)
            while under_way:
                yield self._record(under_way)
        except Stopping:
            yield from self._finished(under_way)
            raise

    def _measured(self, batch: Sequence[ShardImage | ExplainedImage]) -> Iterator[ShardImage | _Pending]:
        """The images of a batch, the explained ones measured and with their pictures under way."""
        with self.stages.timed("measure"):
            measured = iter(self.measures.of([one for one in batch if isinstance(one, ExplainedImage)]))
        for one in batch:
            if isinstance(one, ExplainedImage):
                pictures = self.files.draw(one.example.image_id, one.image, one.explanation)
                yield _Pending(one, next(measured), pictures)
            else:
                yield one

    def _record(self, under_way: deque[ShardImage | _Pending]) -> ImageRecord:
        """The record of the first image, which stays until its pictures are stored."""
        while not _stored(under_way[0]):
            wait(_pictures(under_way[0]), timeout=_LOOK_EVERY_S)
            self.pulse.check()
        record = self._record_of(under_way[0])
        under_way.popleft()
        return record

    def _finished(self, under_way: Iterable[ShardImage | _Pending]) -> Iterator[ImageRecord]:
        """The records of what was explained before this worker was asked to leave, as long as it takes no longer."""
        deadline = time.monotonic() + _LEAVING_S
        for one in under_way:
            if wait(_pictures(one), timeout=max(deadline - time.monotonic(), 0)).not_done:
                return
            yield self._record_of(one)

    def _record_of(self, one: ShardImage | _Pending) -> ImageRecord:
        if isinstance(one, ShardImage):
            return failure_record(one.example, one.refusal)
        pictures = {name: picture.result() for name, picture in one.pictures.items()}
        example, explanation = one.explained.example, one.explained.explanation
        rows = self.files.maps.add(example.image_id, explanation)
        record = image_record(
            example, explanation, pictures, measured=one.measured, raw_rows=rows, settings=self.settings
        )
        self.files.maps.photograph(record, one.explained.image)
        return record


def _pictures(one: ShardImage | _Pending) -> Collection[Future[Artifact]]:
    return () if isinstance(one, ShardImage) else one.pictures.values()


def _stored(one: ShardImage | _Pending) -> bool:
    return all(picture.done() for picture in _pictures(one))


def _joined(image: ShardImage, explanation: ImageExplanation) -> ShardImage | ExplainedImage:
    """An image with its maps; of what is no number, there is nothing to explain, to measure or to draw."""
    if image.pixels is None:
        raise AssertionError(f"image {image.example.image_id} was refused and explained")
    if not np.isfinite(explanation.logits).all():
        return ShardImage(image.example, None, NO_NUMBERS)
    if explanation.error:
        return ShardImage(image.example, None, explanation.error)
    return ExplainedImage(image.example, image.pixels, explanation)
