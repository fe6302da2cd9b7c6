"""Stores the pictures of a folder that a form sends."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import TypedDict

from fastapi import HTTPException

from api.http.form_parts import FormParts
from api.submission.picture_upload import store_picture
from api.submission.room import Room
from jobs.errors import InvalidSpec
from jobs.listings.image_listing import is_picture
from store.base import ObjectStore

FOLDER = r"[A-Za-z0-9][A-Za-z0-9_.\-]*"
MAX_FORM_BYTES = 2 * 2**30
MOST_FILES = 20_000


class SentPictures(TypedDict):
    """What became of the files of a form."""

    folder: str
    stored: int
    left_out: int


async def store_pictures(parts: FormParts, sent: SentPictures, *, prefix: str, store: ObjectStore, room: Room) -> None:
    """Store each picture as it comes; files that are no pictures are left out.

    Args:
        parts: the name of the folder, then files.
        sent: what became of the files, also where one of them is refused.
        prefix: of the folders of the project.
        store: takes them.
        room: of the project.

    Raises:
        InvalidSpec: there is no such name, no picture, or two of one name; pictures that came before are there.
        HTTPException: 413 where a picture, or all of them together, are too large.
    """
    size, files = _FormSize(), dict[str, str]()
    while (part := await parts.next()) is not None:
        if part.file is None and part.name == "folder":
            sent["folder"] = (await parts.text()).strip()
            _check_folder(sent["folder"])
        elif part.file and not is_picture(path_in_folder(part.file)):
            sent["left_out"] += 1
        elif part.file:
            _check_folder(sent["folder"])
            place = path_in_folder(part.file)
            _require_free(place, part.file, files)
            await store_picture(
                f"{prefix}{sent['folder']}/{place}", size.counted(parts.content(), sent["stored"]), store, room
            )
            sent["stored"] += 1
    if not sent["stored"]:
        raise InvalidSpec("there is no picture among these files: choose a folder that holds some")


def path_in_folder(name: str) -> str:
    """The place of a file in its data set: browsers put the name of the chosen folder before it, which is left out."""
    _, _, inside = name.partition("/")
    return inside if "/" in inside else name


def _require_free(place: str, file: str, files: dict[str, str]) -> None:
    """Note the file of a place, unless it has one."""
    if place in files:
        raise InvalidSpec(
            f"{files[place]!r} and {file!r} would both be stored as {place!r}: put the pictures that lie right in the "
            "folder into folders that are called as their classes"
        )
    files[place] = file


def _check_folder(name: str) -> None:
    if not re.fullmatch(FOLDER, name):
        raise InvalidSpec(f"{name!r} cannot be the name of a data set: letters, digits and . _ - may stand in it")


class _FormSize:
    """How many bytes a form may still send."""

    def __init__(self) -> None:
        self._received = 0

    async def counted(self, chunks: AsyncIterator[bytes], stored: int) -> AsyncIterator[bytes]:
        """These chunks; all pictures together may be so large and so many."""
        async for chunk in chunks:
            self._received += len(chunk)
            if self._received > MAX_FORM_BYTES or stored >= MOST_FILES:
                raise HTTPException(
                    413,
                    f"a form may send {MOST_FILES} pictures and {MAX_FORM_BYTES >> 30} GiB: {stored} pictures are "
                    "there; send the others as another folder, or all by 'florescope upload'",
                )
            yield chunk
