"""How a gallery shows its list: which page of it, how large the tiles are, and which map they show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal, Self, get_args
from urllib.parse import quote, urlencode

from jobs.results.images.image_filter import ImageFilter

TileSize = Literal["small", "medium", "large"]
TILE_SIZES: tuple[TileSize, ...] = get_args(TileSize)
PHOTOGRAPHS = "photographs"
"""What stands in place of a method where no maps are to be shown."""
MEDIUM: TileSize = "medium"
PER_PAGE: dict[TileSize, int] = {"small": 96, "medium": 48, "large": 24}
LAST_PAGE = 10**9


@dataclass(frozen=True)
class GalleryView:
    """What of the list is shown.

    Attributes:
        page: from 1.
        show: the method whose maps are shown, or ``PHOTOGRAPHS``; None for the first that made a picture.
    """

    page: int = 1
    tile: TileSize = MEDIUM
    show: str | None = None

    @property
    def per_page(self) -> int:
        """Images on each page but the last."""
        return PER_PAGE[self.tile]

    def but(self, **changed: Any) -> Self:
        """The same with other values."""
        return replace(self, **changed)

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Names and values, as they stand in an address; what is as usual is left out."""
        if self.tile != MEDIUM:
            yield "tile", self.tile
        if self.show is not None:
            yield "show", self.show
        if self.page != 1:
            yield "page", str(self.page)


@dataclass(frozen=True)
class GalleryAddress:
    """Makes the addresses of a gallery and of its images."""

    job_id: str
    filter: ImageFilter
    view: GalleryView = GalleryView()

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """All names and values of this page's address."""
        return (*self.filter.pairs(), *self.view.pairs())

    def url(self, wanted: ImageFilter | None = None, *, view: GalleryView | None = None) -> str:
        """Another list, from its first page, or another view of this one."""
        shown = view or (self.view if wanted is None else self.view.but(page=1))
        pairs = (*(wanted or self.filter).pairs(), *shown.pairs())
        return with_query(f"/jobs/{self.job_id}/images", pairs)

    def image(self, image_id: str) -> str:
        """The page of an image, which knows the list that it is walked in."""
        return with_query(image_address(self.job_id, image_id), self.filter.pairs())

    def page(self, number: int) -> str:
        """Another page of this list."""
        return self.url(view=self.view.but(page=number))


def with_query(path: str, pairs: tuple[tuple[str, str], ...]) -> str:
    """An address with these names and values."""
    return f"{path}?{urlencode(pairs, safe=':', quote_via=quote)}" if pairs else path


def image_address(job_id: str, image_id: str) -> str:
    """The page of an image."""
    return f"/jobs/{job_id}/images/{quote(image_id)}"


def images_url(job_id: str, **wanted: Any) -> str:
    """The gallery of the images that a filter lets pass."""
    return GalleryAddress(job_id, ImageFilter(**wanted)).url()
