"""Formats that are read, and what is said of those that are not."""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ml.data.images import MAX_PIXELS, decode
from ml.errors import BadImage
from tests.unit.ml.data.test_images import encoded, photograph, png_that_claims

RED = (200, 30, 40)
ORIENTATION = 0x0112
LOSSLESS: dict[str, dict[str, Any]] = {"TIFF": {}, "BMP": {}, "PNG": {}, "WEBP": {"lossless": True}}


@pytest.mark.parametrize("form", LOSSLESS)
def test_formats_without_loss_give_the_pixels_that_were_written(form: str) -> None:
    picture = photograph()
    assert np.array_equal(decode(encoded(picture, form, **LOSSLESS[form])), np.asarray(picture))


@pytest.mark.parametrize("form", ["AVIF", "HEIF", "GIF", "JPEG"])
def test_other_formats_give_the_colour_that_was_written(form: str) -> None:
    if form == "HEIF":
        pytest.importorskip("pillow_heif")
    found = decode(encoded(Image.new("RGB", (64, 48), RED), form))
    assert found.shape == (48, 64, 3)
    assert np.abs(found.astype(int) - RED).max() <= 5


@pytest.mark.parametrize("form", ["TIFF", "AVIF"])
def test_a_picture_of_a_phone_is_turned_upright_once(form: str) -> None:
    stored = np.zeros((32, 64, 3), np.uint8)
    stored[:16, :32] = RED
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    found = decode(encoded(Image.fromarray(stored), form, exif=exif))
    assert found.shape == (64, 32, 3)
    assert np.abs(found[8, 24].astype(int) - RED).max() <= 5, "the red corner is the upper right one now"
    assert found[8, 8].max() <= 5


def test_of_several_pages_or_frames_the_first_is_taken() -> None:
    pages = [Image.new("RGB", (8, 8), colour) for colour in (RED, "blue")]
    for form in ("TIFF", "GIF", "AVIF"):
        found = decode(encoded(pages[0], form, save_all=True, append_images=pages[1:]))
        assert np.abs(found[4, 4].astype(int) - RED).max() <= 5


@pytest.mark.parametrize("order", ["<u2", ">u2"])
def test_sixteen_bits_of_grey_become_eight(order: str) -> None:
    picture = Image.fromarray(np.full((4, 4), 0x8040, np.dtype(order)))
    assert (decode(encoded(picture, "TIFF")) == 0x80).all()


@pytest.mark.parametrize("kind", [np.float32, np.int32])
def test_pixels_whose_range_nobody_knows_are_refused(kind: type) -> None:
    with pytest.raises(BadImage, match="32 bits"):
        decode(encoded(Image.fromarray(np.ones((4, 4), kind)), "TIFF"))


NOT_READ = {
    b"": "the file is empty",
    bytes(5000): "zeros only",
    b"<!DOCTYPE html><html>404</html>": "a web page",
    b"\xef\xbb\xbf  <html lang=en>": "a web page",
    b"version https://git-lfs.github.com/spec/v1\n": "a Git LFS pointer",
    b"%PDF-1.7\n": "a PDF document",
    b"8BPS\0\1": "a Photoshop document",
    b"\xff\x0a\0\0": "a JPEG XL picture",
    b"\0\0\0\x0cjP  \r\n\x87\n": "a JPEG 2000 picture",
    b"\0\0\0\x18ftypheic\0\0\0\0mif1heic": "a damaged HEIC picture",
    b"\0\0\0\x18ftypavif\0\0\0\0mif1avif": "a damaged AVIF picture",
    b"\0\0\0\x18ftypqt  \0\0\0\0": "a video",
    b"<svg xmlns='http://www.w3.org/2000/svg'/>": "an SVG drawing",
    b"PK\3\4\0\0": "a ZIP archive",
    b"rose\r\nt\xc3\xbclip\n": "it is text",
    b"\x80\x81\x82": "it is none of JPEG, PNG, WEBP, GIF, BMP, TIFF, AVIF, HEIF",
}


@pytest.mark.parametrize("data", NOT_READ, ids=NOT_READ.get)
def test_what_is_no_picture_is_called_what_it_is(data: bytes) -> None:
    for _ in range(2):
        with pytest.raises(BadImage, match=f"^cannot decode {len(data)} bytes as a picture: .*{NOT_READ[data]}"):
            decode(data)


def test_a_heic_picture_without_its_package_is_told_how_it_would_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    monkeypatch.delitem(Image.OPEN, "HEIF", raising=False)
    with pytest.raises(BadImage, match="where the workers have the package pillow-heif"):
        decode(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")
    with pytest.raises(BadImage, match="it is text"):
        decode(b"rose")


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"])
def test_messages_hold_no_addresses_which_another_run_would_not_have(form: str) -> None:
    data = encoded(photograph(), form)
    for stop in range(0, len(data), max(1, len(data) // 40)):
        said = reason(data[:stop])
        assert "0x" not in said
        assert "BytesIO" not in said


def reason(data: bytes) -> str:
    """Why these bytes are no picture; nothing where they are one."""
    try:
        decode(data)
    except BadImage as error:
        return str(error)
    return ""


@pytest.mark.parametrize(("width", "height"), [(9000, 9000), (10_000, 10_000), (20_000, 20_000)])
def test_a_picture_that_is_too_large_is_told_the_limit_that_holds(width: int, height: int) -> None:
    pixels = f"({width} x {height}|{width * height})"
    with pytest.raises(BadImage, match=f"^a picture of {pixels} pixels is larger than the {MAX_PIXELS} that are"):
        decode(png_that_claims(width, height))


def test_a_picture_within_the_limit_is_not_too_large() -> None:
    with pytest.raises(BadImage, match="cannot decode"):
        decode(png_that_claims(8000, 8000))
