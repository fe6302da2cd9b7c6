"""What a shard has of its maps besides pictures, as a few packed files: raw maps, features, and what reports show."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from jobs.models.artifact import GALLERY
from jobs.results.record import ImageRecord
from ml.attribution.explainer import ImageExplanation
from ml.figures.gallery import Gallery
from workers.kinds.explain.image_record import target_of
from workers.kinds.explain.photographs import Photographs
from workers.kinds.explain.pooled_features import NAME as FEATURES
from workers.kinds.explain.pooled_features import PooledFeatures
from workers.kinds.explain.raw_maps import RawMaps
from workers.step.kept_images import Files, Kept

_NPZ = ".npz"


class ShardMaps:
    """Grows image by image, in order. ``raw``: whether raw maps are kept."""

    def __init__(self, *, raw: bool) -> None:
        self._keeps_raw = raw
        self._raw: dict[str, RawMaps] = defaultdict(RawMaps)
        self._features = PooledFeatures()
        self._gallery = Gallery()
        self._photographs = Photographs()

    def add(self, image_id: str, explanation: ImageExplanation) -> dict[str, int]:
        """Take in the maps of an image; returns the rows of its raw maps by the maps' names, where they are kept."""
        rows, first = dict[str, int](), dict[str, npt.NDArray[np.float32]]()
        for name, found in explanation.methods.items():
            heatmap = found.map if found.layer_map is None else found.layer_map
            if name == found.method:  # not those of further classes, nor of the contrast
                first[name] = heatmap
            if self._keeps_raw:
                target = target_of(explanation, found)
                rows[name] = self._raw[found.method].add(image_id, target, heatmap, foil=found.foil)
        self._features.add(image_id, explanation)
        self._gallery.add(explanation.target, first)
        return rows

    def photograph(self, record: ImageRecord, image: npt.NDArray[np.uint8]) -> None:
        """Keep a small photograph, if the job's report may show this image."""
        self._photographs.add(record, image)

    def packed(self) -> dict[str, bytes]:
        """All maps, one file per method, features, and what the job's report will show of the shard."""
        return {
            **{f"{method}{_NPZ}": maps.encode() for method, maps in self._raw.items()},
            GALLERY: self._shown(),
            **self._features.files(),
        }

    def unkept(self) -> dict[str, bytes]:
        """What has come since this was last asked for, and all of what reports show."""
        raw = {f"{method}{_NPZ}": data for method, maps in self._raw.items() if (data := maps.encode_new())}
        return {**raw, GALLERY: self._shown(), **self._features.new_files()}

    def restore(self, parts: Sequence[Kept]) -> None:
        """Take in what was kept, in order, before anything else."""
        for part in parts:
            self._restore_rows(part.files)
        if parts:
            self._gallery = Gallery.decode(parts[-1].files[GALLERY])
            records = [record for part in parts for record in part.records]
            self._photographs.restore(records, self._gallery.photos)

    def _restore_rows(self, files: Files) -> None:
        for name, data in files.items():
            if name == FEATURES:
                self._features.restore(data)
            elif name.endswith(_NPZ) and name != GALLERY:
                self._raw[name.removesuffix(_NPZ)].restore(data)

    def _shown(self) -> bytes:
        self._gallery.photos = self._photographs.jpegs()
        return self._gallery.encode()
