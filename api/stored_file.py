"""A stored file as an answer: in pieces, with its digest as ETag."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import RedirectResponse, StreamingResponse

from api.file_content import content_of
from jobs.artifact import Artifact
from store.base import ObjectStore

# What an attempt wrote stays as it is; all else is written again while the job runs, or when its end is repeated.
_FINAL = "private, max-age=31536000, immutable"
_CHANGING = "private, no-cache"


def stored_file(request: Request, store: ObjectStore, artifact: Artifact, *, direct: bool, download: bool) -> Response:
    """Send a file to the client.

    Args:
        request: its If-None-Match is honoured.
        store: where the file lies.
        artifact: which file.
        direct: rather send the client to the store, where that has links of its own.
        download: have browsers save it rather than show it.

    Raises:
        ObjectNotFound: the file is gone.
    """
    url = store.presigned_url(artifact.key) if direct else None
    if url is not None:
        return RedirectResponse(url, status_code=307, headers={"Cache-Control": "no-store"})
    content = content_of(store, artifact)
    headers = {"ETag": f'"{content.sha256}"', "Cache-Control": _FINAL if content.final else _CHANGING}
    if _has(request, headers["ETag"]):
        content.close()
        return Response(status_code=304, headers=headers)
    if download:
        name = quote(artifact.name.rsplit("/", 1)[-1], safe="")
        headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    headers["Content-Length"] = str(content.size)
    chunks = content.read()
    first = next(chunks, b"")  # a missing object must be told before the answer begins
    return StreamingResponse(_all(first, chunks), headers=headers, media_type=artifact.content_type)


def _has(request: Request, etag: str) -> bool:
    """Whether the client says that it has this file, or whichever there is."""
    known = [each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")]
    return etag in known or known == ["*"]


def _all(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    return chain((first,), rest)
