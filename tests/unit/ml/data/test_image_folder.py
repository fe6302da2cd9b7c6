"""Pictures from a folder: whatever lies in it, reading goes on, in order."""

from __future__ import annotations

import dataclasses
import io
import struct
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps

from ml.data.datasets import describe, read
from ml.data.example import DatasetDescription
from ml.data.image_folder import FolderImage, ImageFolder
from ml.data.images import decode, resize
from ml.errors import BadImage, MlError, UnknownName

RED = (200, 30, 40)


def encoded(picture: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def plain(mode: str = "RGB", size: tuple[int, int] = (6, 4), colour: Any = RED) -> Image.Image:
    return Image.new(mode, size, colour)


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds next to nothing."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(b"")), (b"IEND", b""))
    parts = [
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def folder(content: Mapping[str, bytes | Exception]) -> ImageFolder:
    def load(path: str) -> bytes:
        found = content[path]
        if isinstance(found, Exception):
            raise found
        return found

    images = [FolderImage(path, None) for path in content]
    return ImageFolder(
        DatasetDescription("store:mine", (), {"all": len(images)}, has_masks=False), {"all": images}, load
    )


@pytest.mark.parametrize(("kind", "options"), [("JPEG", {"quality": 95}), ("PNG", {}), ("WEBP", {"lossless": True})])
def test_the_usual_formats_are_read(kind: str, options: dict[str, Any]) -> None:
    image = decode(encoded(plain(), kind, **options))
    assert image.shape == (4, 6, 3)
    assert np.abs(image.astype(int) - RED).max() <= 3


def test_a_photograph_is_turned_upright() -> None:
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 255, (8, 16, 3), dtype=np.uint8))
    exif = Image.Exif()
    exif[0x0112] = 6
    image = decode(encoded(picture, "PNG", exif=exif))
    assert image.shape == (16, 8, 3)
    np.testing.assert_array_equal(image, np.asarray(picture.transpose(Image.Transpose.ROTATE_270)))


@pytest.mark.parametrize(
    ("picture", "expected"),
    [
        (plain("L", colour=90), (90, 90, 90)),
        (plain("RGBA", colour=(*RED, 255)), RED),
        (plain("RGBA", colour=(0, 0, 0, 0)), (255, 255, 255)),
        (plain("LA", colour=(0, 0)), (255, 255, 255)),
        (plain("1", colour=1), (255, 255, 255)),
        (ImageOps.posterize(plain(), 8).convert("P", palette=Image.Palette.ADAPTIVE), RED),
        (Image.fromarray(np.full((4, 6), 0x8000, np.uint16)), (128, 128, 128)),
    ],
)
def test_grey_palette_and_transparent_pictures_become_rgb(picture: Image.Image, expected: tuple[int, ...]) -> None:
    image = decode(encoded(picture))
    assert image.shape == (4, 6, 3)
    assert image.dtype == np.uint8
    assert np.abs(image.astype(int) - expected).max() <= 1


def test_a_picture_of_one_pixel_fills_the_input() -> None:
    image = resize(decode(encoded(plain(size=(1, 1)))), 32)
    assert image.shape == (32, 32, 3)
    assert (image == RED).all()


BAD: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "cannot decode 0 bytes"),
    "text": (b"not a picture", "cannot decode"),
    "bomb": (png_header(50_000, 50_000), "pixels"),
    "wide": (png_header(100_000, 700), "100000 x 700 pixels"),
    "truncated": (encoded(plain(size=(64, 64)), "JPEG")[:200], "cannot decode"),
    "postscript": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "cannot decode"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_usable_picture_is_refused_with_a_reason(name: str) -> None:
    data, words = BAD[name]
    with pytest.raises(BadImage, match=words):
        decode(data)


def test_bad_pictures_are_examples_with_an_error_and_the_rest_is_read() -> None:
    good = encoded(plain())
    content: dict[str, bytes | Exception] = {f"{number:02d}.png": good for number in range(40)}
    content["03.png"] = b""
    content["17.png"] = png_header(50_000, 50_000)
    content["39.png"] = BadImage("it was deleted")
    examples = list(read("store:mine", "all", folder=folder(content)))
    assert [example.image_id for example in examples] == list(content)
    assert [example.index for example in examples] == list(range(40))
    bad = {example.index: example.error for example in examples if example.image is None}
    assert set(bad) == {3, 17, 39}
    assert bad[39] == "it was deleted"


def test_a_slice_is_read_and_nothing_else_is_fetched() -> None:
    content: dict[str, bytes | Exception] = {f"{number}.png": ValueError("not this one") for number in range(9)}
    content |= {f"{number}.png": encoded(plain()) for number in (4, 5)}
    examples = list(folder(content).read("all", start=4, stop=6))
    assert [example.index for example in examples] == [4, 5]


def test_a_store_that_does_not_answer_is_no_bad_picture() -> None:
    with pytest.raises(ConnectionError):
        list(folder({"a.png": ConnectionError("try again")}).read("all"))


def test_what_is_not_there_is_refused_by_name() -> None:
    found = folder({"a.png": encoded(plain())})
    assert describe("store:mine", folder=found).splits == {"all": 1}
    with pytest.raises(UnknownName, match="no split 'test': it has all"):
        found.read("test")
    with pytest.raises(MlError, match="does not lie within"):
        found.read("all", stop=2)


def test_an_example_is_identified_without_its_picture_being_fetched() -> None:
    pictures = folder({"a.png": encoded(plain()), "b.png": RuntimeError("nobody asked for it")})
    found = pictures.identify("all", 1)
    assert (found.image_id, found.index, found.image, found.error) == ("b.png", 1, None, None)


def test_a_folder_that_does_not_read_ahead_fetches_a_picture_when_it_is_asked_for() -> None:
    pictures = folder({"a.png": encoded(plain()), "b.png": encoded(plain()), "c.png": encoded(plain())})
    fetched: list[str] = []

    def load(path: str) -> bytes:
        fetched.append(path)
        return pictures.load(path)

    reading = dataclasses.replace(pictures, load=load, ahead=1).read("all")
    for expected in (["a.png"], ["a.png", "b.png"]):
        next(reading)
        assert fetched == expected
