"""Shows the images that look most like one to the model: their photographs, or else what there is of them."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from api.backend import Backend
from api.pages.image.view import ImageView
from api.readers.pictures.nearest_images import NearImage
from api.routes.results import has_picture, picture_link

THUMBNAIL = 160
"""Longest side of the photographs of other images, in pixels."""


@dataclass(frozen=True)
class ShownNear:
    """One of the nearest; ``picture`` is an address, None where there is neither a photograph nor a drawn map."""

    near: NearImage
    picture: str | None


@dataclass(frozen=True)
class ShownNearest:
    """The nearest ones of the ``searched`` other images of the shard."""

    images: tuple[ShownNear, ...]
    searched: int


def shown_nearest(backend: Backend, view: ImageView) -> ShownNearest | None:
    """None where the shard kept no features of its images."""
    found = backend.nearest.nearest(view.job.id, view.step, view.record.image_id)
    if found is None:
        return None
    images = tuple(ShownNear(each, _picture(backend, view, each.image_id)) for each in found.images)
    return ShownNearest(images, found.searched)


def _picture(backend: Backend, view: ImageView, image_id: str) -> str | None:
    job_id = view.job.id
    photograph = f"/v1/jobs/{job_id}/photographs/{quote(image_id)}?step={quote(view.step)}&longest={THUMBNAIL}"
    if view.source == "read again":  # so those of the other images are, too
        return photograph
    found = backend.results.find(job_id, image_id, step=view.step)
    if backend.photographs.source(job_id, found, getattr(view.job.spec, "dataset", "")) is not None:
        return photograph
    drawn = next((each for each in found.record.methods if has_picture(each)), None)
    return None if drawn is None else picture_link(job_id, found, drawn)
