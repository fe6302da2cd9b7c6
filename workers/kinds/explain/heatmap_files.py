"""The files of a shard: a picture per image and method, uploaded in the background, and packed maps."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
from PIL import Image

from drawing.encoding import jpeg
from drawing.overlay import overlay
from jobs.models.artifact import GALLERY, Artifact
from jobs.results.record import ImageRecord
from jobs.specs.installed_methods import describe_method
from ml.attribution.explainer import ImageExplanation
from ml.figures.gallery import Gallery
from workers.kinds.explain.image_record import target_of
from workers.kinds.explain.photographs import Photographs
from workers.kinds.explain.pooled_features import PooledFeatures
from workers.kinds.explain.raw_maps import RawMaps
from workers.step.file_writer import FileWriter
from workers.step.stages import Stages

# Each waits for the store most of the time.
_UPLOADS = max(4, os.cpu_count() or 1)


@dataclass(frozen=True)
class KeptMaps:
    """What became of an image's maps, by name: pictures under way, and rows in the packed maps."""

    pictures: dict[str, Future[Artifact]]
    rows: dict[str, int]


class HeatmapFiles:
    """Context manager over one attempt's files; leaving it waits for the uploads under way."""

    def __init__(self, files: FileWriter, step: str, *, outputs: Sequence[str], stages: Stages) -> None:
        self._files = files
        self._stages = stages
        self._step = step
        self._outputs = outputs
        self._raw: dict[str, RawMaps] = defaultdict(RawMaps)
        self._features = PooledFeatures()
        self._gallery = Gallery()
        self._photographs = Photographs()
        self._uploads = ThreadPoolExecutor(_UPLOADS, thread_name_prefix="upload")

    def __enter__(self) -> HeatmapFiles:
        return self

    def __exit__(self, *_: object) -> None:
        self._uploads.shutdown(cancel_futures=True)

    def add(self, image_id: str, image: npt.NDArray[np.uint8], explanation: ImageExplanation) -> KeptMaps:
        """Keep the maps for packing, draw and upload one picture for each; ``image`` is (H, W, 3)."""
        kept, first = KeptMaps({}, {}), dict[str, npt.NDArray[np.float32]]()
        for name, found in explanation.methods.items():
            target = target_of(explanation, found)
            heatmap = found.map if found.layer_map is None else found.layer_map
            if name == found.method:  # not those of further classes, nor of the contrast
                first[name] = heatmap
            if "raw" in self._outputs:
                kept.rows[name] = self._raw[found.method].add(image_id, target, heatmap, foil=found.foil)
            if "overlay" in self._outputs:
                draw = partial(overlay, image, heatmap, kind=describe_method(found.method).colours)
                kept.pictures[name] = self._uploads.submit(self._upload, image_id, name, draw)
        self._features.add(image_id, explanation)
        self._gallery.add(explanation.target, first)
        return kept

    def photograph(self, record: ImageRecord, image: npt.NDArray[np.uint8]) -> None:
        """Keep a small photograph, if the job's report may show this image."""
        self._photographs.add(record, image)

    def packed(self) -> tuple[Artifact, ...]:
        """All maps of the shard, one file per method, and what the job's report will show of the shard.

        The pictures were not flushed one by one: that would take longer than drawing them, and nothing counts on them
        before the shard is reported.
        """
        self._files.store.flush()
        packs = {f"{method}.npz": maps.encode() for method, maps in self._raw.items()}
        self._gallery.photos = self._photographs.jpegs()
        packs[GALLERY] = self._gallery.encode()
        packs |= self._features.files()
        return tuple(self._files.put(f"{self._step}/{name}", data, "application/zip") for name, data in packs.items())

    def _upload(self, image_id: str, name: str, draw: Callable[[], Image.Image]) -> Artifact:
        # One folder for all pictures of a kind: making a folder for each would take longer than writing it.
        path = f"{name}/{image_id}.jpg"
        with self._stages.timed("draw"):
            data = jpeg(draw())
        with self._stages.timed("write"):
            return self._files.put(f"{image_id}/{name}.jpg", data, "image/jpeg", path=path, flushed=False)
