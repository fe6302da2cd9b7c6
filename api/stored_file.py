"""A stored file as an answer: whole or in part, in pieces, with its digest as ETag."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any
from urllib.parse import quote

from fastapi import HTTPException, Request, Response
from fastapi.responses import RedirectResponse, StreamingResponse

from api.byte_range import ByteRange, Unsatisfiable, byte_range
from api.file_content import Content, content_of
from jobs.artifact import Artifact
from store.base import ObjectStore

# What an attempt wrote stays as it is; all else is written again while the job runs, or when its end is repeated.
_FINAL = "private, max-age=31536000, immutable"
_CHANGING = "private, no-cache"
NO_SUCH_PART = "The file has no byte of those that `Range` asks for."


def file_responses(media_type: str = "application/octet-stream") -> dict[int | str, dict[str, Any]]:
    """How a route that sends a file may answer, for the API's description."""
    return {
        200: {"content": {media_type: {}}},
        206: {"description": "The bytes that `Range` asked for.", "content": {media_type: {}}},
        304: {"description": "The client has it."},
        307: {"description": "The file lies there (only with `direct`)."},
    }


def stored_file(request: Request, store: ObjectStore, artifact: Artifact, *, direct: bool, download: bool) -> Response:
    """Send a file, or the part of it that is asked for, to the client.

    Args:
        request: its If-None-Match, Range and If-Range are honoured.
        store: where the file lies.
        artifact: which file.
        direct: rather send the client to the store, where that has links of its own.
        download: have browsers save it rather than show it.

    Raises:
        ObjectNotFound: the file is gone.
        HTTPException: 416 where the file has no such part.
    """
    url = store.presigned_url(artifact.key) if direct else None
    if url is not None:
        return RedirectResponse(url, status_code=307, headers={"Cache-Control": "no-store"})
    content = content_of(store, artifact)
    headers = {
        "ETag": f'"{content.sha256}"',
        "Cache-Control": _FINAL if content.final else _CHANGING,
        "Accept-Ranges": "bytes",
    }
    if _has(request, headers["ETag"]):
        content.close()
        return Response(status_code=304, headers=headers)
    if download:
        name = quote(artifact.name.rsplit("/", 1)[-1], safe="")
        headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    part = _part(request, content, headers["ETag"])
    return _send(content, part, headers, media_type=artifact.content_type)


def _has(request: Request, etag: str) -> bool:
    """Whether the client says that it has this file, or whichever there is."""
    known = [each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")]
    return etag in known or known == ["*"]


def _part(request: Request, content: Content, etag: str) -> ByteRange | None:
    """The part that the client asks for; None for all of it, also where it has part of something else."""
    wanted = request.headers.get("range")
    if wanted is None or request.headers.get("if-range", etag) != etag:
        return None
    try:
        return byte_range(wanted, content.size)
    except Unsatisfiable as error:
        content.close()
        raise HTTPException(416, str(error), headers={"Content-Range": f"bytes */{content.size}"}) from error


def _send(content: Content, part: ByteRange | None, headers: dict[str, str], *, media_type: str) -> Response:
    start, stop = (part.start, part.stop) if part else (0, content.size)
    headers["Content-Length"] = str(stop - start)
    if part:
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{content.size}"
    chunks = _cut(content.read(start), stop - start)
    first = next(chunks, b"")  # a missing object must be told before the answer begins
    status = 206 if part else 200
    return StreamingResponse(chain((first,), chunks), status_code=status, headers=headers, media_type=media_type)


def _cut(chunks: Iterator[bytes], length: int) -> Iterator[bytes]:
    """So many bytes of those that come; the rest is not read."""
    for chunk in chunks:
        yield chunk[:length]
        length -= len(chunk)
        if length <= 0:
            return
