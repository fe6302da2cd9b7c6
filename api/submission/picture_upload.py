"""Takes in one picture for a folder of the user's own."""

from __future__ import annotations

from collections.abc import AsyncIterator

from fastapi import HTTPException
from fastapi.concurrency import run_in_threadpool

from api.submission.folder_note import note_folder
from api.submission.room import Room
from dispatch.housekeeping.deletions import is_deleted
from jobs import keys
from jobs.errors import InvalidSpec
from jobs.housekeeping.thing import dataset_thing
from jobs.listings.image_listing import MAX_IMAGE_BYTES, SUFFIXES, is_picture
from jobs.names.dataset_place import STORE_SCHEME
from jobs.names.project_name import data_set_folder, folder_prefix, project_of_folder
from store.base import ObjectStore
from store.key import InvalidKey


async def store_picture(path: str, chunks: AsyncIterator[bytes], store: ObjectStore, room: Room) -> bool:
    """Store a picture, which comes in chunks, at ``<folder>/<class>/<picture>``; whether it took the place of another.

    Raises:
        InvalidSpec: the path is not that of a picture in a folder, or the folder is deleted.
        HTTPException: 413 where the picture is too large, 429 where the project may keep no more.
    """
    data_set = data_set_folder(path)
    if data_set == path or not is_picture(path.removeprefix(data_set)):
        folder = f"{folder_prefix(project_of_folder(path))}mine"
        raise InvalidSpec(
            f"{path!r} is no picture in a folder: expected for example '{folder}/rose/1.jpg', ending in "
            f"{', '.join(SUFFIXES)}; as a data set the folder is then '{STORE_SCHEME}{keys.DATASETS_PREFIX}{folder}'"
        )
    parts, size = [], 0
    async for part in chunks:
        parts.append(part)
        size += len(part)
        if size > MAX_IMAGE_BYTES:
            raise HTTPException(413, f"a picture may have {MAX_IMAGE_BYTES >> 20} MiB, {path!r} has more")
    await run_in_threadpool(room.take, size)
    try:
        return await run_in_threadpool(_put, store, f"{keys.DATASETS_PREFIX}{path}", b"".join(parts))
    except InvalidKey as error:
        raise InvalidSpec(str(error)) from error


def _put(store: ObjectStore, key: str, data: bytes) -> bool:
    folder = data_set_folder(key.removeprefix(keys.DATASETS_PREFIX))
    if is_deleted(dataset_thing(folder), store):
        name = f"{STORE_SCHEME}{keys.DATASETS_PREFIX}{folder}"
        raise InvalidSpec(f"data set {name!r} is deleted: 'florescope restore {name}' brings it back")
    replaced = store.head(key) is not None
    store.put(key, data)
    if not replaced:
        note_folder(key, store)
    return replaced
