"""Pictures of maps that are not stored as they are asked for: drawn from raw maps, or stored in another form."""

from __future__ import annotations

import io
from typing import Literal

import numpy as np
from PIL import Image

from api.readers.images.result_query import FoundImage
from api.readers.pictures.picture_cache import Picture, PictureCache
from api.readers.pictures.raw_map_reader import DAMAGED, RawMapReader
from api.readers.unreadable import Unreadable
from drawing.encoding import jpeg
from drawing.overlay import map_alone, overlay
from jobs.errors import ObjectNotFound
from jobs.results.record import MethodRecord
from jobs.specs.installed_methods import describe_method
from store.base import ObjectStore

Form = Literal["jpg", "png"]
CONTENT_TYPES: dict[str, str] = {"jpg": "image/jpeg", "png": "image/png"}
# Side of a map that is drawn alone, as large as the photographs that are kept.
_ALONE = 224
# Seldom asked for, so that it may take more bytes and less time.
_PNG_LEVEL = 1


class PictureReader:
    """Makes pictures when they are asked for, and keeps some of them in memory."""

    def __init__(self, store: ObjectStore, maps: RawMapReader, cache: PictureCache) -> None:
        self._store = store
        self._maps = maps
        self._cache = cache

    def picture(self, job_id: str, found: FoundImage, map_: MethodRecord, form: Form) -> Picture:
        """The picture of a map in one form.

        Raises:
            ObjectNotFound: neither a picture nor the raw map was kept.
            Unreadable: what was kept is damaged.
        """
        name = (job_id, found.step, found.record.image_id, map_.name, form)
        try:
            return self._cache.made(name, lambda: _converted(self._kept(job_id, found, map_), form))
        except DAMAGED as error:
            raise Unreadable(f"what was kept of image {found.record.image_id!r} is damaged: {error}") from error

    def _kept(self, job_id: str, found: FoundImage, map_: MethodRecord) -> Picture:
        if map_.overlay is not None:
            return Picture(self._store.get(map_.overlay.key), map_.overlay.content_type)
        return self._drawn(job_id, found, map_)

    def _drawn(self, job_id: str, found: FoundImage, map_: MethodRecord) -> Picture:
        if map_.raw_row is None:
            raise ObjectNotFound(f"job {job_id} kept neither picture nor raw map of {found.record.image_id!r}")
        heatmap = self._maps.raw_map(job_id, found.step, method=map_.method, row=map_.raw_row)
        photograph = self._maps.photograph(job_id, found.step, found.record.image_id)
        kind = describe_method(map_.method).colours
        if photograph is None:
            return Picture(jpeg(map_alone(heatmap, _ALONE, kind=kind)), CONTENT_TYPES["jpg"], over_photograph=False)
        return Picture(jpeg(overlay(np.asarray(_pixels(photograph)), heatmap, kind=kind)), CONTENT_TYPES["jpg"])


def _converted(picture: Picture, form: Form) -> Picture:
    if picture.content_type == CONTENT_TYPES[form]:
        return picture
    pixels = _pixels(picture.data)
    data = jpeg(pixels) if form == "jpg" else _png(pixels)
    return Picture(data, CONTENT_TYPES[form], picture.over_photograph)


def _pixels(data: bytes) -> Image.Image:
    """A picture in RGB; one that is cut off is a ValueError, as Pillow's OSError could be taken for one of the disk."""
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "PNG")) as picture:
            return picture.convert("RGB")
    except OSError as error:
        raise ValueError(str(error)) from error


def _png(pixels: Image.Image) -> bytes:
    buffer = io.BytesIO()
    pixels.save(buffer, "PNG", compress_level=_PNG_LEVEL)
    return buffer.getvalue()
