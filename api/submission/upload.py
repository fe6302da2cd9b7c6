"""Stores a file that a user sends: counts and hashes it as it comes, and never opens it."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import IO

from fastapi import HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field

from api.http.caller import current_caller
from api.submission.room import Room
from dispatch.housekeeping.deletions import remove_deletion
from jobs import keys
from jobs.errors import EXHAUSTED, Exhausted, InvalidSpec
from jobs.housekeeping.thing import upload_thing
from jobs.specs.import_spec import MAX_MODEL_BYTES
from store.base import ObjectStore

# Beyond this the framework cuts a request off without a word; below, the answer says what is allowed.
HARD_LIMIT_BYTES = 2 * MAX_MODEL_BYTES

_BINARY = frozenset(
    {"", "application/octet-stream", "application/zip", "application/x-zip-compressed", "application/x-hdf5"}
)


class Upload(BaseModel):
    """A file that was received and stored."""

    upload: str = Field(description="SHA-256 of the file; an import names it by this.")
    size: int = Field(description="Bytes.")


async def store_upload(chunks: AsyncIterator[bytes], store: ObjectStore, room: Room) -> Upload:
    """Store one ``.keras`` or ``.h5`` file, which comes in chunks, under its digest; the import reads it.

    Raises:
        HTTPException: 413 where it is too large, 429 where the project may keep no more.
        InvalidSpec: there is none.
        Exhausted: the disk is full, or too many files are open.
    """
    with tempfile.TemporaryDirectory(prefix="florescope-") as folder:
        path = Path(folder) / "upload"
        try:
            with path.open("wb") as file:
                upload = await _receive(chunks, file)
        except OSError as error:
            if error.errno in EXHAUSTED:
                raise Exhausted(f"no room for the file: {error.strerror}") from error
            raise
        await run_in_threadpool(room.take, upload.size)
        await run_in_threadpool(_put, store, upload, path)
    return upload


async def _receive(chunks: AsyncIterator[bytes], file: IO[bytes]) -> Upload:
    digest, size = hashlib.sha256(), 0
    async for chunk in chunks:
        size += len(chunk)
        if size > MAX_MODEL_BYTES:
            raise _too_large(size)
        digest.update(chunk)
        file.write(chunk)
    if not size:
        raise InvalidSpec(
            "no file was sent: send the .keras or .h5 file as it is (curl --data-binary @model.keras), or choose it "
            "on the page"
        )
    return Upload(upload=digest.hexdigest(), size=size)


def _put(store: ObjectStore, upload: Upload, path: Path) -> None:
    """Store it; what is sent again is wanted again, and its time begins anew.

    Cleaning up, which may be under way, removes what is deleted, so that comes first; and it deletes what was not
    written lately, so that is undone at the end.
    """
    project = current_caller().project
    thing = upload_thing(upload.upload, project)
    remove_deletion(thing, store)
    store.put_file(keys.upload(upload.upload, project), path, content_type="application/zip")
    remove_deletion(thing, store)


def file_of_body(request: Request) -> AsyncIterator[bytes]:
    """The body of a request as the chunks of one file.

    Raises:
        HTTPException: 413 where it is too large, 415 where it is declared to be something else.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in _BINARY:
        raise HTTPException(
            415,
            f"the body is declared as {kind!r}: send the .keras or .h5 file as it is, with "
            "'content-type: application/octet-stream' (curl --data-binary @model.keras)",
        )
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > MAX_MODEL_BYTES:
        raise _too_large(int(length))
    return request.stream()


def _too_large(size: int) -> HTTPException:
    return HTTPException(
        413, f"the file has at least {size >> 20} MiB, more than the {MAX_MODEL_BYTES >> 20} MiB that are allowed"
    )
