"""The links below a gallery: to the pages around this one, the first and the last."""

from __future__ import annotations

from dataclasses import dataclass

from api.pages.gallery.gallery_view import GalleryAddress
from api.readers.images.listing import Page


@dataclass(frozen=True)
class Pager:
    """Addresses; None where this is that page."""

    first: str | None
    previous: str | None
    next: str | None
    last: str | None


def pager(address: GalleryAddress, page: Page) -> Pager:
    """Where one can turn from a page."""
    begun, over = page.number <= 1, page.number >= page.pages
    return Pager(
        first=None if begun else address.page(1),
        previous=None if begun else address.page(page.number - 1),
        next=None if over else address.page(page.number + 1),
        last=None if over else address.page(page.pages),
    )
