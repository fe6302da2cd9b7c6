"""Pictures that the API draws when they are asked for: no list holds their size and digest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cli.client.api_client import ApiClient
from cli.download.remote_file import RemoteFile
from cli.errors import ApiUnreachable

_SUFFIX = ".jpg"


@dataclass(frozen=True)
class DrawnPicture:
    """The name that it would have if it were stored, and its address below the API."""

    name: str
    address: str

    def described(self, api: ApiClient) -> RemoteFile:
        """The same with its size and its SHA-256; the API draws it for that.

        Raises:
            ApiUnreachable, Refused: it could not be drawn.
        """
        headers = api.head(self.address)
        try:
            size, sha256 = int(headers["content-length"]), headers["etag"].strip('"')
        except (KeyError, ValueError) as error:
            raise ApiUnreachable(f"{api.url} gave {self.name} without size or digest") from error
        return RemoteFile(self.name, self.address, size, sha256)


def drawn_pictures(api: ApiClient, job_id: str) -> Iterator[DrawnPicture]:
    """The pictures of a job's images that are not stored."""
    for image in api.results(job_id):
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
