"""Answers with a stored file: whole or in part, in pieces, with its digest as ETag."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from itertools import chain
from tempfile import SpooledTemporaryFile
from typing import IO, Any
from urllib.parse import quote

from fastapi import HTTPException, Request, Response
from fastapi.responses import RedirectResponse, StreamingResponse
from starlette.types import Receive, Scope, Send

from api.http.head import BODILESS
from jobs import keys
from jobs.errors import ObjectNotFound
from jobs.models.artifact import Artifact
from store.base import ObjectStore

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


class Unsatisfiable(Exception):
    """The file has no byte of those."""


@dataclass(frozen=True)
class ByteRange:
    """From ``start`` up to, but not including, ``stop``."""

    start: int
    stop: int


def byte_range(header: str, size: int) -> ByteRange | None:
    """The range of a ``Range`` header in a file of this size; None for what has to be taken for no range at all.

    Raises:
        Unsatisfiable: there are no such bytes in the file.
    """
    found = _RANGE.fullmatch(header.replace(" ", ""))
    if found is None or not any(found.groups()):
        return None
    first, last = found.groups()
    if not first:
        start, stop = max(size - int(last), 0), size
    elif last and int(last) < int(first):
        return None
    else:
        start, stop = int(first), min(int(last) + 1 if last else size, size)
    if start >= stop:
        raise Unsatisfiable(f"bytes {header.removeprefix('bytes=')} were asked for, of a file of {size} bytes")
    return ByteRange(start, stop)


IN_MEMORY_BYTES = 8 << 20
CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class Content:
    """What to send of a file.

    Attributes:
        final: it will never be different.
        read: gives the bytes from this one on, in chunks.
        close: forgets the bytes where nobody wants to read them.
    """

    size: int
    sha256: str
    final: bool
    read: Callable[[int], Iterator[bytes]]
    close: Callable[[], None] = lambda: None


def content_of(store: ObjectStore, artifact: Artifact) -> Content:
    """What is known of a file that never changes; of any other, a copy of what it holds now.

    Raises:
        ObjectNotFound: the file is gone.
    """
    if keys.is_immutable(artifact.key):
        read = partial(_stream, store, artifact.key)
        return Content(artifact.size, artifact.sha256, final=True, read=read)
    return _copy(store.stream(artifact.key))


def _stream(store: ObjectStore, key: str, start: int) -> Iterator[bytes]:
    return store.stream(key, start=start)


def _copy(chunks: Iterator[bytes]) -> Content:
    file = SpooledTemporaryFile(IN_MEMORY_BYTES)  # noqa: SIM115  (closed when it was read)
    digest, size = hashlib.sha256(), 0
    with ExitStack() as opened:
        opened.callback(file.close)
        for chunk in chunks:
            digest.update(chunk)
            size += file.write(chunk)
        opened.pop_all()
    return Content(size, digest.hexdigest(), final=False, read=partial(_read, file), close=file.close)


def _read(file: IO[bytes], start: int) -> Iterator[bytes]:
    with file:
        file.seek(start)
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


# What an attempt wrote stays as it is; all else is written again while the job runs, or when its end is repeated.
_FINAL = "private, max-age=31536000, immutable"
_CHANGING = "private, no-cache"
NO_SUCH_PART = "The file has no byte of those that `Range` asks for."


def file_responses(*media_types: str) -> dict[int | str, dict[str, Any]]:
    """How a route that sends a file may answer, for the API's description."""
    types = media_types or ("application/octet-stream",)
    return {
        200: {"content": {each: {} for each in types}},
        206: {"description": "The bytes that `Range` asked for.", "content": {each: {} for each in types}},
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
    if request.scope.get(BODILESS) and store.head(artifact.key) is None:
        content.close()
        raise ObjectNotFound(f"{artifact.name} is gone")
    name = artifact.name.rsplit("/", 1)[-1] if download else None
    return _answer(request, content, media_type=artifact.content_type, save_as=name)


def made_file(
    request: Request, data: bytes, *, media_type: str, final: bool = False, save_as: str | None = None
) -> Response:
    """Send bytes that were made for this request as ``stored_file`` sends a file.

    Args:
        request: as for ``stored_file``.
        data: the bytes.
        media_type: what they are.
        final: whether this address will never give other ones.
        save_as: the name of the file that browsers save; None: they show it.

    Raises:
        HTTPException: 416 where there is no such part.
    """
    digest = hashlib.sha256(data).hexdigest()
    content = Content(len(data), digest, final=final, read=lambda start: iter((data[start:],)))
    return _answer(request, content, media_type=media_type, save_as=save_as)


def _answer(request: Request, content: Content, *, media_type: str, save_as: str | None) -> Response:
    headers = {
        "ETag": f'"{content.sha256}"',
        "Cache-Control": _FINAL if content.final else _CHANGING,
        "Vary": "Authorization, Cookie",  # what a browser keeps is not for whoever logs in next
        "Accept-Ranges": "bytes",
    }
    if _has(request, headers["ETag"]):
        content.close()
        return Response(status_code=304, headers=headers)
    if save_as is not None:
        headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(save_as, safe='')}"
    if request.scope.get(BODILESS):  # nothing of the file is read
        content.close()
        headers["Content-Length"] = str(content.size)
        return Response(headers=headers, media_type=media_type)
    part = _part(request, content, headers["ETag"])
    return _send(content, part, headers, media_type=media_type)


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
    response = _Streamed(chain((first,), chunks), status_code=status, headers=headers, media_type=media_type)
    response.close = content.close
    return response


class _Streamed(StreamingResponse):
    """Closes what it reads from, also where the client takes only the headers or goes away."""

    close: Callable[[], None] = staticmethod(lambda: None)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the content."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self.close()


def _cut(chunks: Iterator[bytes], length: int) -> Iterator[bytes]:
    """So many bytes of those that come; the rest is not read."""
    for chunk in chunks:
        yield chunk[:length]
        length -= len(chunk)
        if length <= 0:
            return
