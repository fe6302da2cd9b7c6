"""The rule for names of pictures and other files: which can be a path below a folder, in every store and on disks."""

from __future__ import annotations

import hashlib
import re

MAX_NAME_BYTES = 900
"""S3 allows keys of 1024, which include the prefix of the store."""
MAX_SEGMENT_BYTES = 255
"""The longest file name of common file systems."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_HALF_A_CHARACTER = re.compile(r"[\ud800-\udfff]")
_AS_IF_CONVERTED = re.compile(r"\.(jfif|png|webp|gif|bmp|tif|tiff|avif|heic|heif)(\.jpg)+$")
_READABLE_BYTES = 150
_SUFFIX_BYTES = 16


def name_problem(name: str) -> str | None:
    """Why a name cannot be a path below a folder, or None where it can.

    A name is segments joined by ``/``. Any character may stand in it but control characters and halves of
    characters; no segment is empty, ``.`` or ``..``, and none is longer than ``MAX_SEGMENT_BYTES`` in UTF-8.
    """
    if not name:
        return "is empty"
    if name.startswith("/"):
        return "starts with '/': leave it out"
    problems = (character_problem(name), *map(_segment_problem, name.split("/")))
    return next(filter(None, problems), None)


def character_problem(text: str) -> str | None:
    """Why a text cannot be part of a name, as far as its characters go."""
    if _CONTROL.search(text):
        return "has control characters, which cannot be printed"
    return "has half a character, or bytes that are not UTF-8" if _HALF_A_CHARACTER.search(text) else None


def legal_name(name: str) -> str:
    """The name itself where it can be a path below a folder; else one that can, which no other name becomes.

    Each segment that cannot stay becomes what can be read of it, ``~``, 32 digits of its SHA-256 and its suffix. A name
    that is longer than ``MAX_NAME_BYTES`` becomes one such segment.
    """
    found = "/".join(part if _fits(part) else _made(part) for part in name.split("/"))
    return found if len(found.encode()) <= MAX_NAME_BYTES else _made(name)


def photograph_name(image_id: str) -> str:
    """What the photograph of an image is called where it is saved, as that of no other image: it is always a JPEG.

    That of ``a.png`` is ``a.png.jpg``, so that of an image ``a.png.jpg`` has another name. A name that is too long
    with its new ending becomes a legal one.
    """
    lower = image_id.lower()
    kept = lower.endswith((".jpg", ".jpeg")) and not _AS_IF_CONVERTED.search(lower)
    return image_id if kept else legal_name(f"{image_id}.jpg")


def _fits(segment: str) -> bool:
    return character_problem(segment) is None and _segment_problem(segment) is None


def _segment_problem(segment: str) -> str | None:
    if not segment:
        return "has an empty segment: no '//' and no '/' at the end"
    if segment in {".", ".."}:
        return f"has a segment {segment!r}"
    if len(segment.encode("utf-8", "surrogatepass")) > MAX_SEGMENT_BYTES:
        return f"has a segment longer than {MAX_SEGMENT_BYTES} bytes"
    return None


def _made(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    stem, dot, suffix = text.rpartition(".")
    if not stem or not suffix.isalnum() or len(suffix.encode()) > _SUFFIX_BYTES:
        stem, dot, suffix = text, "", ""
    return f"{_readable(stem)}~{digest}{dot}{suffix}"


def _readable(text: str) -> str:
    """The beginning of a text without what no name may have."""
    kept = _HALF_A_CHARACTER.sub("", _CONTROL.sub("", text)).replace("/", "_")
    return kept.encode()[:_READABLE_BYTES].decode(errors="ignore")
