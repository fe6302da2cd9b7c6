"""A photograph is cut as the network saw it, at more of its own resolution."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from drawing.photograph import LONGEST_SIDE, photograph
from ml.data.images import decode


def encoded(picture: Image.Image, form: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, form, **options)
    return buffer.getvalue()


def gradient(width: int, height: int) -> Image.Image:
    across = np.linspace(0, 255, width)[None, :].repeat(height, 0)
    down = np.linspace(0, 255, height)[:, None].repeat(width, 1)
    return Image.fromarray(np.stack([across, down, (across + down) / 2], axis=-1).astype(np.uint8))


@pytest.mark.parametrize(("width", "height"), [(500, 700), (700, 500), (640, 640)])
@pytest.mark.parametrize("size", [(224, 224), (96, 128)])
def test_it_is_the_part_that_the_network_saw(width: int, height: int, size: tuple[int, int]) -> None:
    data = encoded(gradient(width, height))
    found = photograph(data, height=size[0], width=size[1])
    seen = decode(data, size)
    shrunk = np.asarray(found.resize((size[1], size[0]), Image.Resampling.BILINEAR), np.int16)
    assert np.abs(shrunk - seen).max() <= 2
    assert found.height > size[0]


def test_a_large_picture_is_made_smaller_and_a_small_one_stays() -> None:
    assert photograph(encoded(gradient(3000, 2000)), height=1, width=1).size == (LONGEST_SIDE, LONGEST_SIDE)
    assert photograph(encoded(gradient(40, 30)), height=224, width=224).size == (30, 30)


def test_it_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    data = encoded(gradient(60, 40), "JPEG", exif=exif, quality=95)
    upright = photograph(data, height=60, width=40)
    assert upright.size == (40, 60)
    assert np.abs(np.asarray(upright, np.int16) - decode(data)).max() <= 2


def test_what_is_transparent_is_white_as_the_network_sees_it() -> None:
    clear = Image.new("RGBA", (8, 8), (10, 20, 30, 0))
    assert photograph(encoded(clear), height=8, width=8).getpixel((4, 4)) == (255, 255, 255)


def test_a_grey_picture_of_16_bits_is_shown_as_the_network_sees_it() -> None:
    levels = np.linspace(0, 65535, 64 * 64).reshape(64, 64).astype(np.uint16)
    data = encoded(Image.fromarray(levels))
    found = np.asarray(photograph(data, height=64, width=64))
    np.testing.assert_array_equal(found, decode(data))
    assert 120 < found.mean() < 135


@pytest.mark.parametrize("data", [b"", b"no picture", encoded(gradient(500, 500))[:200]])
def test_what_is_no_picture_says_so(data: bytes) -> None:
    with pytest.raises(ValueError, match="decoded"):
        photograph(data, height=8, width=8)


def test_the_first_picture_of_a_process_is_decoded(tmp_path: Path) -> None:
    (tmp_path / "one.png").write_bytes(encoded(gradient(8, 8)))
    code = "import sys; from drawing.photograph import photograph; from pathlib import Path; "
    code += "print(photograph(Path(sys.argv[1]).read_bytes(), height=8, width=8).size)"
    command = [sys.executable, "-c", code, str(tmp_path / "one.png")]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[3])
    assert ran.stdout.strip() == "(8, 8)"
