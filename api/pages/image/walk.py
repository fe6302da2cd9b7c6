"""Says which image comes before and after the one that is shown, in the list that it was reached from."""

from __future__ import annotations

from dataclasses import dataclass

from api.pages.gallery.gallery_view import GalleryAddress, image_address, with_query
from api.readers.images.comparison_lists import LISTS, ComparedPlace, ListName
from api.readers.images.neighbours import Neighbours
from jobs.results.images.image_filter import ImageFilter


@dataclass(frozen=True)
class Walk:
    """Addresses of the neighbours.

    Attributes:
        name: of the list.
        place: from 1, of ``total``; None where the list leaves the image out.
    """

    name: str
    list_address: str
    before: str | None
    after: str | None
    place: int | None
    total: int


def walk_of_filter(job_id: str, wanted: ImageFilter, found: Neighbours) -> Walk:
    """Through the images that a filter lets pass, in its order."""
    address = GalleryAddress(job_id, wanted)
    return Walk(
        name="these images" if wanted.narrows else "all images",
        list_address=address.url(),
        before=address.image(found.previous) if found.previous else None,
        after=address.image(found.next) if found.next else None,
        place=found.position,
        total=found.total,
    )


def walk_of_comparison(job_id: str, name: ListName, found: ComparedPlace) -> Walk:
    """Through one of the lists of a comparison."""
    return Walk(
        name=dict(LISTS)[name],
        list_address=f"/jobs/{job_id}#{'comparison' if name == 'all' else name}",
        before=compared_address(job_id, found.before, name) if found.before else None,
        after=compared_address(job_id, found.after, name) if found.after else None,
        place=found.place,
        total=found.total,
    )


def compared_address(job_id: str, image_id: str, name: ListName) -> str:
    """The page of an image of a comparison, which knows the list that it is walked in."""
    return with_query(image_address(job_id, image_id), (("list", name),))
