"""Lists the pictures in tar files of WebDataset, with what their samples say they are, without reading the pictures.

A sample is what follows each other under one name up to the first dot: ``0001.jpg`` and ``0001.cls`` or
``0001.json``. See https://github.com/webdataset/webdataset, "The WebDataset Format".
"""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any, BinaryIO

from jobs.listings.image_listing import SUFFIXES
from jobs.listings.listed_shards import TarMember
from jobs.names.dataset_place import TAR

MAX_LABEL_BYTES = 1 << 20
_GZIP = b"\x1f\x8b"
_CLS, _JSON, _LABEL = "cls", "json", "label"


@dataclass(frozen=True)
class TarPicture:
    """A picture in a tar file: its id, its size in bytes, and where it lies."""

    path: str
    size: int
    member: TarMember


@dataclass
class TarContents:
    """What one tar file holds; ``ignored`` counts members that are no picture and no label."""

    pictures: list[TarPicture] = field(default_factory=list)
    ignored: int = 0


def tar_contents(file: BinaryIO, path: str, *, label: str | None) -> TarContents:
    """List the pictures of a tar file. Where it is damaged, one more picture stands for what may have followed.

    Args:
        file: the tar file; only its headers and its labels are read.
        path: of the file, by which ids of pictures begin.
        label: the part after the first dot of the member that holds the label, or a field of the member ``json``;
            None: ``cls``, or the field ``label``.
    """
    found = TarContents()
    members = _Members(file)
    for _, sample in groupby(members, key=lambda member: _stem(member.name)):
        _add(list(sample), file, path, label, found)
    found.pictures = told_apart(found.pictures)
    if members.problem:
        found.pictures.append(TarPicture(path, 0, TarMember(file=path, offset=0, problem=members.problem)))
    return found


def told_apart(pictures: Iterable[TarPicture]) -> list[TarPicture]:
    """The same pictures, each with an id of its own: a later one of the same id gets its place behind it.

    The place is appended as often as it takes to make an id that no earlier picture has.
    """
    found, seen = list[TarPicture](), set[str]()
    for place, picture in enumerate(pictures):
        path = picture.path
        while path in seen:
            path = f"{path}-{place:07d}"
        seen.add(path)
        found.append(replace(picture, path=path))
    return found


class _Members:
    """The members of a tar file that are files, as far as it can be read; ``problem`` says why not to its end."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.problem = ""

    def __iter__(self) -> Iterator[tarfile.TarInfo]:
        count, offset = 0, 0
        try:
            with tarfile.open(fileobj=self._file, mode="r:") as archive:
                while (member := archive.next()) is not None:
                    count, offset = count + 1, archive.offset
                    if member.isreg() and not member.issparse():
                        yield member
                    archive.members = []  # type: ignore[attr-defined]  # which would keep all of them
                offset = archive.offset
        except (tarfile.TarError, ValueError, EOFError) as error:
            self.problem = _problem(self._file, count, error)
            return
        self._file.seek(offset)
        if any(self._file.read(tarfile.BLOCKSIZE)):
            self.problem = f"the tar file is damaged after {count} members, at byte {offset}"


def _problem(file: BinaryIO, count: int, error: Exception) -> str:
    file.seek(0)
    if file.read(2) == _GZIP:
        return "the tar file is compressed, so that no picture can be reached by itself: unpack it with gunzip"
    return f"the tar file is damaged or cut off after {count} members: {error}"


def _add(sample: list[tarfile.TarInfo], file: BinaryIO, path: str, label: str | None, found: TarContents) -> None:
    parts = {_ending(member.name): member for member in sample}
    picture = next((member for ending, member in parts.items() if f".{ending.lower()}" in SUFFIXES), None)
    if picture is None:
        found.ignored += len(sample)
        return
    place = file.tell()
    class_name, used = _class(parts, file, label)
    file.seek(place)
    found.ignored += len(sample) - 1 - used
    member = TarMember(file=path, offset=picture.offset_data, class_name=class_name)
    found.pictures.append(TarPicture(f"{path[: -len(TAR)]}/{picture.name}", picture.size, member))


def _class(parts: dict[str, tarfile.TarInfo], file: BinaryIO, label: str | None) -> tuple[str | None, int]:
    """What a sample says it is, and how many members were read for it."""
    own = parts.get(label or _CLS)
    if own is not None:
        return _text(_content(own, file).decode(errors="replace")), 1
    if _JSON not in parts:
        return None, 0
    try:
        document = json.loads(_content(parts[_JSON], file))
    except (ValueError, RecursionError):
        return None, 1
    return _text(document.get(label or _LABEL) if isinstance(document, dict) else None), 1


def _text(value: Any) -> str | None:
    """The name or the number of a class; None for anything else, and for what no class could be called."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    text = str(value).strip()
    text = str(int(text)) if text.isdecimal() else text
    return text if 0 < len(text) <= 200 and not text.startswith("-") else None


def _content(member: tarfile.TarInfo, file: BinaryIO) -> bytes:
    if member.size > MAX_LABEL_BYTES:
        return b""
    file.seek(member.offset_data)
    return file.read(member.size)


def _stem(name: str) -> str:
    folder, slash, last = name.rpartition("/")
    return f"{folder}{slash}{last.partition('.')[0]}"


def _ending(name: str) -> str:
    return name.rpartition("/")[2].partition(".")[2]
