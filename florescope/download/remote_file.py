"""Describes files that the API offers for download."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from florescope.errors import ApiUnreachable
from florescope.http.connection import Connection
from florescope.http.job_calls import job_path
from florescope.http.request_quota import patiently

FILES_A_PAGE = 1000


@dataclass(frozen=True)
class RemoteFile:
    """A file: its name within the job, its address below the API, and its size and SHA-256."""

    name: str
    address: str
    size: int
    sha256: str


def described(connection: Connection, name: str, address: str) -> RemoteFile:
    """A file of which no list holds size and SHA-256: the API is asked, and draws a picture for that.

    Raises:
        ApiUnreachable, Refused: it could not be drawn, or is not there.
    """
    asked = {"Accept-Encoding": "identity"}
    headers = patiently(lambda: connection.send("HEAD", address, headers=asked)).headers
    try:
        return RemoteFile(name, address, int(headers["content-length"]), headers["etag"].strip('"'))
    except (KeyError, ValueError) as error:
        raise ApiUnreachable(f"{connection.url} gave {name} without size or digest") from error


def job_files(connection: Connection, job_id: str) -> Iterator[RemoteFile]:
    """Every file that a job has made so far, page after page."""
    items = connection.pages(f"{job_path(job_id)}/artifacts", {}, page_size=FILES_A_PAGE)
    return (read_remote_file(job_id, item) for item in items)


def files_of_model(model: dict[str, Any]) -> list[RemoteFile]:
    """The Keras file of a model and its accompanying files, from the API's description."""
    here = f"/v1/models/{quote(str(model['id']), safe='')}/file"
    job_id = str(model["job_id"])
    return [
        _remote_file(model["checkpoint"], here),
        *(read_remote_file(job_id, {**file, "links": {}}) for file in model.get("files", [])),
    ]


def read_remote_file(job_id: str, item: dict[str, Any]) -> RemoteFile:
    """Read one item of ``GET /v1/jobs/{id}/artifacts``; only addresses on the same API are followed."""
    name = str(item["name"])
    offered = str((item.get("links") or {}).get("self") or item.get("url") or "")
    here = offered.startswith("/") and not offered.startswith("//")
    address = offered if here else f"/v1/jobs/{quote(job_id, safe='')}/artifacts/{quote(name)}"
    return _remote_file(item, address)


def _remote_file(item: dict[str, Any], address: str) -> RemoteFile:
    return RemoteFile(name=str(item["name"]), address=address, size=int(item["size"]), sha256=str(item["sha256"]))
