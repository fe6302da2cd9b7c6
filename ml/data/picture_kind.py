"""Names the kind of a file that is not read as a picture, by its first bytes and not by its name."""

from __future__ import annotations

import importlib.util

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "HEIF")
"""Detected from the bytes; no other decoder is used. HEIF, of the package pillow-heif, may be missing."""

_HEIC = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_AVIF = frozenset({b"avif", b"avis"})
_VIDEO = frozenset({b"qt  ", b"isom", b"iso2", b"mp41", b"mp42", b"avc1", b"M4V ", b"3gp4", b"3gp5"})
_BEGINNINGS = (
    (b"version https://git-lfs", "a Git LFS pointer, not the picture: run 'git lfs pull' where it comes from"),
    (b"%PDF", "a PDF document"),
    (b"%!PS", "a PostScript document"),
    (b"8BPS", "a Photoshop document"),
    (b"gimp xcf", "a GIMP document"),
    (b"\xff\x0a", "a JPEG XL picture, which is not read"),
    (b"\x00\x00\x00\x0cJXL ", "a JPEG XL picture, which is not read"),
    (b"\x00\x00\x00\x0cjP  ", "a JPEG 2000 picture, which is not read"),
    (b"\xff\x4f\xff\x51", "a JPEG 2000 picture, which is not read"),
    (b"\x00\x00\x01\x00", "an icon (ICO), which is not read"),
    (b"SIMPLE  =", "a FITS file, which is not read"),
    (b"FUJIFILMCCD-RAW", "a raw file of a camera, which is not read"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x89HDF", "an HDF5 file"),
    (b"\x93NUMPY", "a NumPy array"),
)


def what_it_is(data: bytes) -> str | None:
    """The kind of bytes that no decoder reads, in words for a message; None where their beginning does not tell."""
    if not data:
        return "the file is empty"
    if not any(data[:4096]):
        return "it holds zeros only, as files do that were not copied to their end"
    if data[4:8] == b"ftyp":
        return _of_boxes(data[8:12])
    for beginning, words in _BEGINNINGS:
        if data.startswith(beginning):
            return f"it is {words}"
    return _of_text(data)


def _of_boxes(brand: bytes) -> str:
    if brand in _HEIC and importlib.util.find_spec("pillow_heif") is None:
        return "it is a HEIC picture, which is read where the workers have the package pillow-heif"
    if brand in _HEIC:
        return "it is a damaged HEIC picture"
    if brand in _AVIF:
        return "it is a damaged AVIF picture"
    return "it is a video" if brand in _VIDEO else f"it is a file of the kind {brand.decode('ascii', 'replace')!r}"


def _of_text(data: bytes) -> str | None:
    start = data[:1024].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return "it is a web page (HTML), as servers send in place of a file that is not there"
    if b"<svg" in start and start.startswith(b"<"):
        return "it is an SVG drawing, which is not read"
    if start.startswith((b"<?xml", b"{", b"[")):
        return "it is XML or JSON"
    try:
        text = data[:1024].decode()
    except UnicodeDecodeError:
        return None
    return "it is text" if all(each.isprintable() or each.isspace() for each in text) else None
