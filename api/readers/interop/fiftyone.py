"""Results of images as samples of FiftyOne: the ``samples.json`` of a folder that its importer reads.

The importer of ``fiftyone.types.FiftyOneDataset`` takes each sample as ``Sample.to_dict`` writes it, and arrays in
MongoDB's extended JSON: base64 of a NumPy file that zlib has compressed.
"""

from __future__ import annotations

import base64
import io
import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from api.readers.images.result_query import FoundImage
from api.readers.interop.job_images import JobImages
from api.readers.unreadable import Unreadable
from jobs.errors import ObjectNotFound
from jobs.names.file_name import photograph_name
from jobs.results.record import ImageRecord, MethodRecord

Json = dict[str, Any]


@dataclass(frozen=True)
class SampleOptions:
    """How samples are written.

    Attributes:
        pictures: folder of the pictures, before the id of each; relative to ``samples.json`` or absolute.
        photographs: whether these are what the API gives as photographs, which are JPEG, whatever the id says.
        maps: whether raw maps come along, as heatmaps.
    """

    pictures: str = "data"
    photographs: bool = False
    maps: bool = True

    def path(self, image_id: str) -> str:
        """Where the picture of an image lies."""
        folder = self.pictures.rstrip("/")
        name = photograph_name(image_id) if self.photographs else image_id
        return f"{folder}/{name}" if folder else name


def fiftyone_samples(images: JobImages, options: SampleOptions) -> Iterator[str]:
    """One JSON document in pieces."""
    yield '{"samples": ['
    for place, found in enumerate(images):
        yield (",\n" if place else "\n") + json.dumps(_sample(images, found, options), allow_nan=False)
    yield "]}\n"


def _sample(images: JobImages, found: FoundImage, options: SampleOptions) -> Json:
    record = found.record
    sample: Json = {
        "filepath": options.path(record.image_id),
        "_media_type": "image",
        "tags": [record.outcome.value],
        "metadata": None,
        "image_id": record.image_id,
        "index": record.index,
        "ground_truth": _class(images.class_name(record.label)),
        "prediction": _class(images.class_name(record.prediction), confidence=record.confidence),
        "error": record.error,
        **_measures(record),
    }
    for map_ in record.methods if options.maps else ():
        sample[_field(map_.name)] = _heatmap(images, found, map_)
    return {name: value for name, value in sample.items() if value is not None or name == "metadata"}


def _class(name: str | None, **values: Any) -> Json | None:
    return None if name is None else {"_cls": "Classification", "tags": [], "label": name, **values}


def _measures(record: ImageRecord) -> Json:
    """What was measured of each map, flat; flags as a list."""
    found: Json = {}
    for map_ in record.methods:
        found |= {_field(f"{map_.name}_{name}"): value for name, value in map_.values.items()}
        found[_field(f"{map_.name}_flags")] = list(map_.flags) or None
    return found


def _heatmap(images: JobImages, found: FoundImage, map_: MethodRecord) -> Json | None:
    """The map in its own units: from 0 for one without negative values, else symmetric about 0."""
    try:
        values = images.map_of(found, map_)
    except (Unreadable, ObjectNotFound):
        return None
    if values is None:
        return None
    limit = float(np.abs(np.nan_to_num(values, posinf=0.0, neginf=0.0)).max()) or 1.0
    lowest = -limit if bool((values < 0).any()) else 0.0
    return {"_cls": "Heatmap", "tags": [], "map": _binary(values), "range": [lowest, limit]}


def _binary(values: npt.NDArray[np.float32]) -> Json:
    buffer = io.BytesIO()
    np.save(buffer, values, allow_pickle=False)
    packed = base64.b64encode(zlib.compress(buffer.getvalue())).decode("ascii")
    return {"$binary": {"base64": packed, "subType": "00"}}


def _field(name: str) -> str:
    """A name that FiftyOne takes for a field: letters, digits and underscores."""
    return re.sub(r"\W+", "_", name.replace("++", "_plus_plus")).strip("_")
