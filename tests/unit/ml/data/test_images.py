from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from drawing.network_view import centre_box
from ml.data.images import MAX_PIXELS, WHOLE_BELOW, decode, resize, resize_mask
from ml.errors import BadImage

ORIENTATION = 0x0112
RED, GREEN, BLUE, WHITE, GREY = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (128, 128, 128)


def encoded(picture: Image.Image, form: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, form, **options)
    return buffer.getvalue()


def photograph(width: int = 48, height: int = 40) -> Image.Image:
    noise = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(noise)


JPEG = encoded(photograph(), "JPEG")


def png_that_claims(width: int, height: int) -> bytes:
    """A few bytes whose header promises that many pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pieces = [(b"IHDR", header), (b"IDAT", zlib.compress(b"\0")), (b"IEND", b"")]
    body = b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in pieces
    )
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_turned_as_its_exif_says(orientation: int) -> None:
    """Whatever way the camera was held, the red corner is the upper left one of the upright picture."""
    upright = np.zeros((16, 32, 3), np.uint8)
    upright[:8, :8] = RED
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.transpose(1, 0, 2),
        6: np.rot90(upright),
        7: upright.transpose(1, 0, 2)[::-1, ::-1],
        8: np.rot90(upright, -1),
    }[orientation]
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    data = encoded(Image.fromarray(np.ascontiguousarray(stored)), exif=exif)
    assert np.array_equal(decode(data), upright)


@pytest.mark.parametrize(
    ("picture", "colour"),
    [
        (Image.new("L", (4, 4), 128), GREY),
        (Image.new("1", (4, 4), 1), WHITE),
        (Image.new("I;16", (4, 4), 0x8080), GREY),
        (Image.new("RGB", (4, 4), GREEN), GREEN),
        (Image.new("RGB", (4, 4), BLUE).quantize(4), BLUE),
        (Image.new("LA", (4, 4), (128, 255)), GREY),
        (Image.new("RGBA", (4, 4), (*RED, 255)), RED),
    ],
)
def test_every_kind_of_pixel_becomes_rgb(picture: Image.Image, colour: tuple[int, int, int]) -> None:
    decoded = decode(encoded(picture))
    assert decoded.shape == (4, 4, 3)
    assert decoded.dtype == np.uint8
    assert (decoded == colour).all()


def test_cmyk_becomes_rgb() -> None:
    decoded = decode(encoded(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "JPEG", quality=100))
    assert np.abs(decoded.astype(int) - RED).max() < 8


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_what_is_transparent_is_white(mode: str) -> None:
    assert (decode(encoded(Image.new(mode, (4, 4)))) == WHITE).all()


def test_a_transparent_palette_entry_is_white() -> None:
    picture = Image.new("P", (4, 4), 0)
    picture.putpalette([*RED, *GREEN])
    picture.putpixel((0, 0), 1)
    decoded = decode(encoded(picture, transparency=0))
    assert tuple(decoded[0, 0]) == GREEN
    assert tuple(decoded[3, 3]) == WHITE


@pytest.mark.parametrize("size", [(9000, 9000), (60_000, 60_000), (2**31 - 1, 2**31 - 1)])
def test_a_bomb_is_refused_before_it_is_unpacked(size: tuple[int, int]) -> None:
    assert size[0] * size[1] > MAX_PIXELS
    with pytest.raises(BadImage, match="pixels"):
        decode(png_that_claims(*size))


@pytest.mark.parametrize("data", [b"", b"\xff\xd8", b"not a picture", JPEG[:200], JPEG[: len(JPEG) // 2]])
def test_what_is_no_whole_picture_is_refused(data: bytes) -> None:
    with pytest.raises(BadImage, match=f"cannot decode {len(data)} bytes"):
        decode(data)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.data())
def test_damaged_bytes_give_a_picture_or_a_refusal_and_nothing_else(data: st.DataObject) -> None:
    damaged = bytearray(JPEG)
    for _ in range(data.draw(st.integers(1, 20))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    try:
        decoded = decode(bytes(damaged[: data.draw(st.integers(0, len(damaged)))]))
    except BadImage:
        return
    assert decoded.shape[2] == 3


def test_a_single_pixel_is_a_picture() -> None:
    decoded = decode(encoded(Image.new("RGB", (1, 1), GREEN)))
    assert (resize(decoded, 32) == GREEN).all()


@settings(max_examples=60, deadline=None, derandomize=True)
@given(width=st.integers(1, 200), height=st.integers(1, 200), size=st.integers(1, 96))
def test_any_picture_becomes_a_square_of_the_wanted_size(width: int, height: int, size: int) -> None:
    image = np.full((height, width, 3), 77, np.uint8)
    assert (resize(image, size) == np.full((size, size, 3), 77, np.uint8)).all()
    left, upper, right, lower = centre_box((width, height), height=1, width=1)
    assert right - left == lower - upper == min(width, height)
    assert left >= 0
    assert right <= width
    assert upper >= 0
    assert lower <= height


def test_the_middle_of_a_wide_picture_is_kept() -> None:
    image = np.zeros((10, 40, 3), np.uint8)
    image[:, 15:25] = GREEN
    assert (resize(image, 10) == GREEN).all()


@settings(max_examples=40, deadline=None, derandomize=True)
@given(seed=st.integers(0, 999), width=st.integers(8, 90), height=st.integers(8, 90), size=st.integers(8, 64))
def test_a_mask_is_cropped_and_scaled_as_its_picture(seed: int, width: int, height: int, size: int) -> None:
    mask: npt.NDArray[np.bool_] = np.random.default_rng(seed).random((height, width)) < 0.5
    picture = np.repeat((mask * 255).astype(np.uint8)[..., None], 3, axis=2)
    assert np.array_equal(resize_mask(mask, size), resize(picture, size)[..., 0] >= 128)


def landscape(width: int, height: int) -> Image.Image:
    """Shapes of several sizes and a grain, as photographs have them."""
    rng = np.random.default_rng(7)
    size = (width, height)
    coarse, middle, grain = (
        Image.fromarray(rng.integers(0, 256, (-(-height // step), -(-width // step), 3), dtype=np.uint8)).resize(size)
        for step in (250, 20, 2)
    )
    return Image.blend(Image.blend(coarse, middle, 0.3), grain, 0.1)


@settings(max_examples=15, deadline=None, derandomize=True)
@given(
    width=st.integers(8, WHOLE_BELOW - 1),
    height=st.integers(8, 1100),
    size=st.integers(8, 300),
    form=st.sampled_from(["JPEG", "PNG"]),
)
def test_decoding_to_a_size_is_decoding_and_scaling_below_a_thousand_pixels(
    width: int, height: int, size: int, form: str
) -> None:
    data = encoded(photograph(width, height), form)
    assert np.array_equal(decode(data, size), resize(decode(data), size))


@pytest.mark.parametrize(
    ("width", "height", "size"), [(2400, 1600, 64), (1600, 2400, 224), (2400, 1600, 384), (4000, 3000, 224)]
)
def test_a_large_jpeg_is_decoded_small_and_looks_the_same(width: int, height: int, size: int) -> None:
    """At most 1 of 256 levels on average, and 6 for 999 of 1000 values."""
    data = encoded(landscape(width, height), "JPEG", quality=92)
    found, exact = decode(data, size).astype(int), resize(decode(data), size).astype(int)
    difference = np.abs(found - exact)
    assert found.shape == (size, size, 3)
    assert difference.any(), "it was decoded whole"
    assert difference.mean() <= 1
    assert np.quantile(difference, 0.999) <= 6


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_large_jpeg_is_turned_as_its_exif_says(orientation: int) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    picture = Image.new("RGB", (2400, 1600))
    picture.paste(Image.new("RGB", (1200, 800), RED), (0, 0))
    data = encoded(picture, "JPEG", exif=exif)
    assert np.abs(decode(data, 64).astype(int) - resize(decode(data), 64)).mean() <= 1


@pytest.mark.parametrize(
    ("mode", "form", "options"),
    [("L", "JPEG", {}), ("CMYK", "JPEG", {}), ("RGB", "JPEG", {"progressive": True}), ("RGB", "MPO", {})],
)
def test_every_kind_of_large_jpeg_is_decoded_small(mode: str, form: str, options: dict[str, bool]) -> None:
    data = encoded(landscape(1600, 1200).convert(mode), form, **options)
    found, exact = decode(data, 64).astype(int), resize(decode(data), 64).astype(int)
    assert (found != exact).any(), "it was decoded whole"
    assert np.abs(found - exact).mean() <= 1


def test_no_picture_is_decoded_smaller_than_twice_its_size() -> None:
    """A network of 1,024 pixels needs all detail of a picture of 2,000."""
    data = encoded(photograph(2000, 2000), "JPEG")
    assert np.array_equal(decode(data, 1024), resize(decode(data), 1024))


def test_a_large_picture_of_another_form_is_decoded_whole() -> None:
    data = encoded(landscape(1304, 1104), "PNG", compress_level=1)
    assert np.array_equal(decode(data, 64), resize(decode(data), 64))


def test_a_torn_large_jpeg_is_refused() -> None:
    data = encoded(photograph(1300, 1100), "JPEG")
    with pytest.raises(BadImage, match="cannot decode"):
        decode(data[: len(data) // 2], 224)
