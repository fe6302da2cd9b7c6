"""A file that the API offers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote


@dataclass(frozen=True)
class RemoteFile:
    """Name within the job, address below the API, and what the bytes must be."""

    name: str
    address: str
    size: int
    sha256: str


def read_remote_file(job_id: str, item: dict[str, Any]) -> RemoteFile:
    """Read one item of ``GET /v1/jobs/{id}/artifacts``; only addresses on the same API are followed."""
    name = str(item["name"])
    offered = str((item.get("links") or {}).get("self") or item.get("url") or "")
    here = offered.startswith("/") and not offered.startswith("//")
    address = offered if here else f"/v1/jobs/{quote(job_id, safe='')}/artifacts/{quote(name)}"
    return RemoteFile(name=name, address=address, size=int(item["size"]), sha256=str(item["sha256"]))
