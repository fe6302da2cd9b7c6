"""Results of images in the JSON of COCO: images, categories, and a prediction of each image with its heat region."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from api.readers.images.result_query import FoundImage
from api.readers.interop.heat_region import SHARE_OF_MAXIMUM, heat_region
from api.readers.interop.job_images import JobImages
from api.readers.unreadable import Unreadable
from jobs.errors import ObjectNotFound

Json = dict[str, Any]


def coco_document(images: JobImages) -> Iterator[str]:
    """One JSON document in pieces; the images are read twice, so that few of them are in memory at once.

    Predictions come first: each has its image even if the job adds images between the two times.
    """
    yield '{"info": ' + _text(_info(images))
    categories = [{"id": label, "name": name} for label, name in enumerate(images.model.class_names)]
    yield ',\n"categories": ' + _text(categories)
    yield ',\n"annotations": ['
    yield from _joined(_prediction(images, found) for found in images if found.record.prediction is not None)
    yield '],\n"images": ['
    yield from _joined(_image(images, found) for found in images)
    yield "]}\n"


def _info(images: JobImages) -> Json:
    height, width = images.model.height_and_width
    return {
        "description": f"Florescope job {images.job.id}: {images.job.spec.kind}",
        "date_created": images.job.created_at.isoformat(),
        "job_id": images.job.id,
        "model_id": images.model.id,
        "coordinates": f"pixels of the part that the network saw, scaled to {width} x {height}",
        "regions": f"where the map exceeds {SHARE_OF_MAXIMUM:g} of its maximum",
    }


def _image(images: JobImages, found: FoundImage) -> Json:
    record, (height, width) = found.record, images.model.height_and_width
    entry = {
        "id": record.index,
        "file_name": record.image_id,
        "width": width,
        "height": height,
        "outcome": record.outcome.value,
    }
    told = {"label": record.label, "error": record.error}
    return entry | {name: value for name, value in told.items() if value is not None}


def _prediction(images: JobImages, found: FoundImage) -> Json:
    record = found.record
    return {
        "id": record.index + 1,  # pycocotools takes an annotation 0 for none
        "image_id": record.index,
        "category_id": record.prediction,
        "score": record.confidence,
        "iscrowd": 0,
        **_region(images, found),
    }


def _region(images: JobImages, found: FoundImage) -> Json:
    map_, (height, width) = images.map_of_prediction(found.record), images.model.height_and_width
    if map_ is None:
        return {}
    method = {"method": map_.name, "flags": list(map_.flags)}
    try:
        values = images.map_of(found, map_)
    except (Unreadable, ObjectNotFound) as error:
        return {"attributes": {**method, "error": str(error)}}
    region = heat_region(values, height=height, width=width) if values is not None else None
    if region is None:
        return {"attributes": method}
    code = {"size": [height, width], "counts": region.run_lengths}
    return {"bbox": region.box, "area": region.area, "segmentation": code, "attributes": method}


def _joined(entries: Iterator[Json]) -> Iterator[str]:
    for place, entry in enumerate(entries):
        yield (",\n" if place else "\n") + _text(entry)


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
