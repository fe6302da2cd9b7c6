"""Pictures with the colours of a phone or a camera, against the formulas of these colour spaces."""

from __future__ import annotations

import struct

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageCms

from ml.data.images import decode, resize
from tests.unit.ml.data.test_images import encoded, photograph

Floats = npt.NDArray[np.float64]
# Columns: XYZ of red, green and blue under D50.
SRGB = np.array([[0.43607, 0.38515, 0.14307], [0.22249, 0.71687, 0.06061], [0.01392, 0.09708, 0.7141]])
DISPLAY_P3 = np.array([[0.51512, 0.29198, 0.1571], [0.2412, 0.69225, 0.06657], [-0.00105, 0.04189, 0.78407]])
D50 = (0.9642, 1.0, 0.8249)
CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)


def fixed(*values: float) -> bytes:
    return b"".join(struct.pack(">i", round(value * 65536)) for value in values)


def matrix_profile(columns: Floats, *, name: str) -> bytes:
    """An ICC profile of three primaries and the curve of sRGB."""
    curve = b"para" + bytes(4) + struct.pack(">HH", 3, 0) + fixed(*CURVE)
    points = {tag: point(*xyz) for tag, xyz in zip((b"rXYZ", b"gXYZ", b"bXYZ"), columns.T, strict=True)}
    return icc_profile(b"RGB ", {**points, **dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)}, name=name)


def point(*xyz: float) -> bytes:
    return b"XYZ " + bytes(4) + fixed(*xyz)


def icc_profile(space: bytes, tags: dict[bytes, bytes], *, name: str) -> bytes:
    """A profile of version 4 (ICC.1:2010): its head, a table of its tags, and these."""
    text = name.encode("utf-16-be")
    words = b"mluc" + bytes(4) + struct.pack(">II2s2sII", 1, 12, b"en", b"US", len(text), 28) + text
    tags = {b"desc": words, b"cprt": words, b"wtpt": point(*D50), **tags}
    place, table, body = 128 + 4 + 12 * len(tags), struct.pack(">I", len(tags)), b""
    for tag, data in tags.items():
        table += struct.pack(">4sII", tag, place + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    head = struct.pack(">I4sI4s4s4s", place + len(body), bytes(4), 0x04300000, b"mntr", space, b"XYZ ")
    head += bytes(12) + b"acsp" + bytes(28) + fixed(*D50) + bytes(48)
    return head + table + body


def in_srgb(colour: Floats, columns: Floats) -> Floats:
    """What a colour between 0 and 255 of other primaries is in sRGB."""
    value = colour / 255
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    mixed = np.clip(np.linalg.solve(SRGB, columns @ linear), 0, 1)
    return 255 * np.where(mixed <= 0.0031308, 12.92 * mixed, 1.055 * mixed ** (1 / 2.4) - 0.055)


P3 = matrix_profile(DISPLAY_P3, name="Display P3")
OWN_SRGB = matrix_profile(SRGB, name="a camera's own name for it")


@pytest.mark.parametrize("colour", [(200, 30, 40), (40, 180, 60), (30, 60, 200), (128, 128, 128), (255, 255, 255)])
@pytest.mark.parametrize("form", ["PNG", "TIFF", "JPEG"])
def test_colours_of_a_phone_become_those_of_srgb(colour: tuple[int, int, int], form: str) -> None:
    options = {"quality": 100, "subsampling": 0} if form == "JPEG" else {}
    found = decode(encoded(Image.new("RGB", (8, 8), colour), form, icc_profile=P3, **options))
    np.testing.assert_allclose(found[4, 4], in_srgb(np.array(colour, float), DISPLAY_P3), atol=3)


def test_the_effect_is_far_more_than_that_of_rounding() -> None:
    """A strong red of Display P3 that is taken for sRGB is off by this much."""
    found = decode(encoded(Image.new("RGB", (8, 8), (200, 80, 60)), icc_profile=P3))[4, 4].astype(int)
    assert np.abs(found - (200, 80, 60)).max() >= 10


@pytest.mark.parametrize(
    "profile",
    [
        ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(),
        OWN_SRGB,
        b"no profile",
        P3[:200],
        ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes(),
    ],
    ids=["Pillow's", "another's", "damaged", "cut off", "of other pixels"],
)
@pytest.mark.parametrize("size", [None, 16])
def test_pictures_in_srgb_or_with_a_useless_profile_keep_their_pixels(profile: bytes, size: int | None) -> None:
    picture = photograph()
    wanted = np.asarray(picture) if size is None else resize(np.asarray(picture), size)
    assert np.array_equal(decode(encoded(picture, icc_profile=profile), size), wanted)


def test_a_profile_of_rgb_on_a_grey_picture_is_not_used() -> None:
    grey = photograph().convert("L")
    assert np.array_equal(decode(encoded(grey, icc_profile=P3)), np.asarray(grey.convert("RGB")))


def test_scaling_and_converting_may_change_places() -> None:
    picture = Image.fromarray(np.random.default_rng(2).integers(0, 256, (9, 12, 3), dtype=np.uint8)).resize((120, 90))
    data = encoded(picture, icc_profile=P3)
    difference = np.abs(decode(data, 32).astype(int) - resize(decode(data), 32))
    assert difference.mean() <= 2


def test_a_transparent_picture_of_a_phone_is_white_where_it_is_transparent() -> None:
    found = decode(encoded(Image.new("RGBA", (4, 4), (200, 30, 40, 0)), icc_profile=P3))
    assert (found >= 254).all()


def test_grey_with_a_curve_of_its_own_becomes_that_of_srgb() -> None:
    """Half of the light is 188 of 255 in sRGB."""
    linear = icc_profile(
        b"GRAY", {b"kTRC": b"curv" + bytes(4) + struct.pack(">IH", 1, 0x0100) + bytes(2)}, name="light"
    )
    found = decode(encoded(Image.new("L", (4, 4), 128), icc_profile=linear))
    assert np.abs(found.astype(int) - 188).max() <= 1
