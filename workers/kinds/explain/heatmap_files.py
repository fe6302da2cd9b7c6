"""The files of a shard: a picture per image and method, uploaded in the background, and packed maps."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

import numpy as np
import numpy.typing as npt
from PIL import Image

from drawing.encoding import jpeg
from drawing.overlay import overlay
from jobs.models.artifact import Artifact
from jobs.specs.installed_methods import describe_method
from ml.attribution.explainer import ImageExplanation
from workers.kinds.explain.shard_maps import ShardMaps
from workers.step.file_writer import FileWriter
from workers.step.stages import Stages

# More threads than cores: each waits for the store most of the time.
_UPLOADS = max(4, os.cpu_count() or 1)
Pictures = dict[str, Future[Artifact]]
"""Pictures that are being drawn and stored, by the names of their maps."""


class HeatmapFiles:
    """Context manager over one attempt's files; leaving it waits for the uploads under way.

    Attributes:
        maps: what is packed into files when all images are done.
    """

    def __init__(self, files: FileWriter, step: str, *, outputs: Sequence[str], stages: Stages) -> None:
        self.maps = ShardMaps(raw="raw" in outputs)
        self._files = files
        self._stages = stages
        self._step = step
        self._draws = "overlay" in outputs
        self._uploads = ThreadPoolExecutor(_UPLOADS, thread_name_prefix="upload")

    def __enter__(self) -> HeatmapFiles:
        return self

    def __exit__(self, *_: object) -> None:
        self._uploads.shutdown(cancel_futures=True)

    def draw(self, image_id: str, image: npt.NDArray[np.uint8], explanation: ImageExplanation) -> Pictures:
        """Draw and upload a picture for each map of an image (H, W, 3), if the job wants any."""
        pictures: Pictures = {}
        for name, found in explanation.methods.items() if self._draws else ():
            heatmap = found.map if found.layer_map is None else found.layer_map
            draw = partial(overlay, image, heatmap, kind=describe_method(found.method).colours)
            pictures[name] = self._uploads.submit(self._upload, image_id, name, draw)
        return pictures

    def packed(self) -> tuple[Artifact, ...]:
        """All maps of the shard, one file per method, and what the job's report will show of the shard.

        The pictures were not flushed one by one: that would take longer than drawing them, and nothing counts on them
        before the shard is reported.
        """
        self._files.store.flush()
        packs = self.maps.packed()
        return tuple(self._files.put(f"{self._step}/{name}", data, "application/zip") for name, data in packs.items())

    def _upload(self, image_id: str, name: str, draw: Callable[[], Image.Image]) -> Artifact:
        # One folder for all pictures of a kind: making a folder for each would take longer than writing it.
        path = f"{name}/{image_id}.jpg"
        with self._stages.timed("draw"):
            data = jpeg(draw())
        with self._stages.timed("write"):
            return self._files.put(f"{image_id}/{name}.jpg", data, "image/jpeg", path=path, flushed=False)
