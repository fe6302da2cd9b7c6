"""Says which image comes before and after the one that is shown, in the list that it was reached from."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

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
    query = wanted.query()
    return Walk(
        name="these images" if wanted.narrows else "all images",
        list_address=f"/jobs/{quote(job_id)}/images{'?' if query else ''}{query}",
        before=image_address(job_id, found.previous, query) if found.previous else None,
        after=image_address(job_id, found.next, query) if found.next else None,
        place=found.position,
        total=found.total,
    )


def walk_of_comparison(job_id: str, name: ListName, found: ComparedPlace) -> Walk:
    """Through one of the lists of a comparison."""
    query = f"list={name}"
    return Walk(
        name=dict(LISTS)[name],
        list_address=f"/jobs/{quote(job_id)}#{'comparison' if name == 'all' else name}",
        before=image_address(job_id, found.before, query) if found.before else None,
        after=image_address(job_id, found.after, query) if found.after else None,
        place=found.place,
        total=found.total,
    )


def image_address(job_id: str, image_id: str, query: str = "") -> str:
    """The page of an image."""
    return f"/jobs/{quote(job_id)}/images/{quote(image_id)}{'?' if query else ''}{query}"
