"""Small pictures of the maps of both jobs, as data URIs for ``comparison.html``."""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np
from PIL import Image

from drawing.encoding import jpeg
from drawing.overlay import map_alone
from jobs.results.comparison.document import Comparison, ImageChange, ImageSide
from jobs.results.record import ImageRecord, MethodRecord
from jobs.specs.installed_methods import describe_method
from ml.figures.gallery import small_jpeg
from store.base import ObjectStore
from workers.inputs.undamaged import undamaged_bytes
from workers.kinds.compare.differing_images import DifferingImages
from workers.kinds.compare.map_files import MapFiles
from workers.kinds.compare.side import Side
from workers.kinds.compare.two_sides import TwoSides
from workers.kinds.explain.report.pictures import data_uri

SIZE = 160
Pictures = dict[str, tuple[dict[str, str], dict[str, str]]]
"""Data URIs by image id, of the first job and the second, by the name of the map."""


def shown_images(comparison: Comparison) -> tuple[ImageChange, ...]:
    """Every image that the page shows; one may come more than once."""
    return (*comparison.broken, *comparison.fixed, *comparison.least_alike)


def pictures_of(
    comparison: Comparison, differing: DifferingImages, sides: TwoSides, *, store: ObjectStore, maps: MapFiles
) -> Pictures:
    """Stored overlays; where a job stored none, its raw map without a photograph."""
    found: Pictures = {}
    for image in shown_images(comparison):
        if image.image_id not in found:
            first, second = differing.records[image.image_id]
            found[image.image_id] = (
                dict(_drawn(sides.first, image.first, first, store, maps)),
                dict(_drawn(sides.second, image.second, second, store, maps)),
            )
    return found


def _drawn(
    side: Side, shown: ImageSide, record: ImageRecord, store: ObjectStore, maps: MapFiles
) -> Iterator[tuple[str, str]]:
    for name in shown.maps:
        map_ = record.method(name)
        data = _picture(side, record, map_, store, maps) if map_ is not None else None
        if data is not None:
            yield name, data_uri(data, "image/jpeg")


def _picture(side: Side, record: ImageRecord, map_: MethodRecord, store: ObjectStore, maps: MapFiles) -> bytes | None:
    """The stored overlay; where there is none, or it is gone or damaged, the raw map alone, if that was kept."""
    data = undamaged_bytes(map_.overlay, store) if map_.overlay is not None else None
    if data is not None:
        with Image.open(io.BytesIO(data)) as picture:
            return small_jpeg(picture, SIZE)
    raw = side.results.raw_maps(record.index, map_.method)
    if raw is None or map_.raw_row is None:
        return None
    heatmap = np.asarray(maps.maps(raw.key, raw.sha256)[map_.raw_row], np.float32)
    return jpeg(map_alone(heatmap, SIZE, kind=describe_method(map_.method).colours))
