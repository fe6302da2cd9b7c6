"""One image of a job: what the model said of it, and its pictures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from florescope.errors import NotFound
from florescope.http.connection import Connection, Json
from florescope.http.job_calls import job_path
from florescope.map_name import map_name

IMAGES_A_PAGE = 500


class Image:
    """One image of an explanation; its pictures are fetched when they are asked for.

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

    def picture(self, name: str | None = None) -> bytes:
        """The picture of one map, drawn over the photograph, as JPEG or PNG; by default, of the first.

        Raises:
            NotFound: there is no such picture.
        """
        links = self.record["links"]
        wanted = name or next((each for each in self.methods if each in links), "")
        if wanted not in links:
            raise NotFound(f"image {self.id!r} has no picture {wanted!r}; it has {', '.join(links) or 'none'}")
        return self._connection.send("GET", str(links[wanted])).content


def images_of(connection: Connection, job_id: str, filters: Mapping[str, Any]) -> Iterator[Image]:
    """The images that pass all filters, page after page; see ``Job.images``."""
    query = {name: _texts(value) for name, value in filters.items() if value is not None}
    for record in connection.pages(f"{job_path(job_id)}/results", query, page_size=IMAGES_A_PAGE):
        yield Image(connection, job_id, record)


def _texts(value: Any) -> list[str]:
    """The values of a parameter; bounds by name, as ``{"confidence": (0.5, None)}``, are written as the API does."""
    if isinstance(value, Mapping):
        return [f"{name}:{_bound(low)}..{_bound(high)}" for name, (low, high) in value.items()]
    return [str(each) for each in value] if isinstance(value, list | tuple | set) else [str(value)]


def _bound(value: float | None) -> str:
    return "" if value is None else repr(float(value))
