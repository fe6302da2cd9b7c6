"""Pictures that the API draws when they are asked for: no list holds their size and digest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from florescope.download.remote_file import RemoteFile
from florescope.errors import ApiUnreachable
from florescope.http.connection import Connection
from florescope.http.job_calls import job_path

_SUFFIX = ".jpg"


@dataclass(frozen=True)
class DrawnPicture:
    """The name that it would have if it were stored, and its address below the API."""

    name: str
    address: str

    def described(self, connection: Connection) -> RemoteFile:
        """The same with its size and its SHA-256; the API draws it for that.

        Raises:
            ApiUnreachable, Refused: it could not be drawn.
        """
        headers = connection.send("HEAD", self.address, headers={"Accept-Encoding": "identity"}).headers
        try:
            size, sha256 = int(headers["content-length"]), headers["etag"].strip('"')
        except (KeyError, ValueError) as error:
            raise ApiUnreachable(f"{connection.url} gave {self.name} without size or digest") from error
        return RemoteFile(self.name, self.address, size, sha256)


def drawn_pictures(connection: Connection, job_id: str) -> Iterator[DrawnPicture]:
    """The pictures of a job's images that are not stored."""
    for image in connection.pages(f"{job_path(job_id)}/results", {}, page_size=500):
        for method in image["methods"]:
            name = _map_name(method)
            address = str(image["links"].get(name, ""))
            if method.get("overlay") is None and address.startswith("/v1/"):
                yield DrawnPicture(f"{image['image_id']}/{name}{_SUFFIX}", address)


def _map_name(method: dict[str, Any]) -> str:
    """As ``links`` calls it: maps of further classes are told apart by the class, those of a contrast by that word."""
    if method.get("contrast"):
        return f"{method['method']}:contrast"
    return str(method["method"]) if method.get("rank", 1) == 1 else f"{method['method']}:{method['target']}"
