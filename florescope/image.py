"""One image of a job: what the model said of it, its maps as numbers, and its pictures."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from florescope.errors import NotFound
from florescope.http.connection import Connection, Json
from florescope.http.job_calls import job_path
from florescope.http.request_quota import patiently
from florescope.map_name import map_name
from florescope.optional import optional

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

IMAGES_A_PAGE = 500
_SEVERAL = (list, tuple, set, frozenset)


class Image:
    """One image of an explanation; its maps and pictures are fetched when they are asked for.

    Attributes:
        record: all that the API says of it: ``outcome``, ``label_name``, ``prediction_name``, ``confidence``, ``top``,
            and ``methods``, each with the numbers that were measured of its map (docs/explanations.md).
    """

    def __init__(self, connection: Connection, job_id: str, record: Json) -> None:
        self._connection = connection
        self._job_id = job_id
        self.record = record

    def __repr__(self) -> str:
        return f"<Image {self.id!r}: {self.record['outcome']}>"

    @property
    def id(self) -> str:
        """What the data set calls it."""
        return str(self.record["image_id"])

    @property
    def error(self) -> str | None:
        """Why it was not explained; None where it was."""
        return self.record.get("error")

    @property
    def methods(self) -> list[str]:
        """The names of its maps: ``gradcam``, ``gradcam:7`` of a further class, ``gradcam:contrast``."""
        return [map_name(method) for method in self.record["methods"]]

    @property
    def maps(self) -> dict[str, npt.NDArray[np.float32]]:
        """Its raw maps (h, w) float32 by name, each at its own resolution; those that were not kept are left out.

        Raises:
            MissingPackage: NumPy is not installed.
        """
        return {name: self.map(name) for name in self._kept()}

    def map(self, name: str) -> npt.NDArray[np.float32]:
        """One raw map (h, w) float32, at its own resolution.

        Raises:
            NotFound: there is no such map, or it was not kept.
            MissingPackage: NumPy is not installed.
        """
        numpy = optional("numpy")
        if name not in self._kept():
            kept = ", ".join(self._kept()) or 'none: "raw" is not among the outputs of the job'
            raise NotFound(f"image {self.id!r} has no raw map {name!r}; kept are {kept}")
        address = f"{job_path(self._job_id)}/maps/{quote(self.id)}/{quote(name)}.npy"
        data = self._content(address, step=self.record["step"])
        array: npt.NDArray[np.float32] = numpy.load(io.BytesIO(data), allow_pickle=False)
        return array

    def picture(self, name: str | None = None) -> bytes:
        """The picture of one map, drawn over the photograph, as JPEG or PNG; by default, of the first.

        Raises:
            NotFound: there is no such picture.
        """
        links = self.record["links"]
        wanted = name or next((each for each in self.methods if each in links), "")
        if wanted not in links:
            raise NotFound(f"image {self.id!r} has no picture {wanted!r}; it has {', '.join(links) or 'none'}")
        return self._content(str(links[wanted]))

    def photograph(self) -> bytes:
        """The part of the photograph that the network saw, as JPEG: up to 1,024 pixels where the data set is at hand.

        Raises:
            NotFound: neither the data set is at hand, nor did the job keep a small one.
        """
        address = f"{job_path(self._job_id)}/photographs/{quote(self.id)}"
        return self._content(address, step=self.record["step"])

    def _content(self, address: str, **query: str) -> bytes:
        """What the API sends from there; there may be many images, so a quota of requests is waited for."""
        return patiently(lambda: self._connection.send("GET", address, params=query or None)).content

    def _kept(self) -> list[str]:
        return [map_name(method) for method in self.record["methods"] if method.get("raw_row") is not None]


def images_of(
    connection: Connection, job_id: str, filters: Mapping[str, Any], *, limit: int | None = None
) -> Iterator[Image]:
    """The images that pass all filters, page after page, at most ``limit``; see ``Job.images``."""
    if _lets_none_pass(filters):
        return iter(())
    page_size = IMAGES_A_PAGE if limit is None else min(limit, IMAGES_A_PAGE)
    records = connection.pages(f"{job_path(job_id)}/results", filter_query(filters), page_size=page_size)
    return (Image(connection, job_id, record) for record in islice(records, limit))


def count_images(connection: Connection, job_id: str, filters: Mapping[str, Any]) -> int:
    """How many images pass all filters."""
    if _lets_none_pass(filters):
        return 0
    return int(connection.page(f"{job_path(job_id)}/results", filter_query(filters), limit=1, holds="total")["total"])


def _lets_none_pass(filters: Mapping[str, Any]) -> bool:
    """Whether a filter names several values, and there are none: an address cannot say so."""
    return any(isinstance(value, _SEVERAL) and not value for value in filters.values())


def filter_query(filters: Mapping[str, Any]) -> dict[str, list[str]]:
    """Filters as the address has them.

    Raises:
        ValueError: one is an empty list, which no image passes.
    """
    if _lets_none_pass(filters):
        raise ValueError("a filter is an empty list, which no image passes: name values, or None for all images")
    return {name: _texts(value) for name, value in filters.items() if value is not None}


def _texts(value: Any) -> list[str]:
    """The values of a parameter; bounds by name, as ``{"confidence": (0.5, None)}``, are written as the API does."""
    if isinstance(value, Mapping):
        return [f"{name}:{_bound(low)}..{_bound(high)}" for name, (low, high) in value.items()]
    return [str(each) for each in value] if isinstance(value, _SEVERAL) else [str(value)]


def _bound(value: float | None) -> str:
    return "" if value is None else repr(float(value))
