"""Pictures that the API draws when they are asked for: no list holds their size and digest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from florescope.http.connection import Connection
from florescope.http.job_calls import job_path
from florescope.map_name import map_name

_SUFFIX = ".jpg"


@dataclass(frozen=True)
class DrawnPicture:
    """The name that it would have if it were stored, and its address below the API."""

    name: str
    address: str


def drawn_pictures(connection: Connection, job_id: str) -> Iterator[DrawnPicture]:
    """The pictures of a job's images that are not stored."""
    for image in connection.pages(f"{job_path(job_id)}/results", {}, page_size=500):
        for method in image["methods"]:
            name = map_name(method)
            address = str(image["links"].get(name, ""))
            if method.get("overlay") is None and address.startswith("/v1/"):
                yield DrawnPicture(f"{image['image_id']}/{name}{_SUFFIX}", address)
