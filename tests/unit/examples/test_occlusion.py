"""The example of a package that adds a method, on a score whose occlusion map is known."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.attribution.image_method import ImageMap, MapRequest
from tests.services.method_packages import EXAMPLE, installed

Floats = npt.NDArray[np.float32]
HEIGHT, WIDTH = 12, 60
WEIGHTS = np.random.default_rng(1).normal(size=(HEIGHT, WIDTH, 3)).astype(np.float32)
IMAGE = np.random.default_rng(2).uniform(0, 255, (HEIGHT, WIDTH, 3)).astype(np.float32)
FILLS = {"grey": np.float32(127.5), "mean": IMAGE.mean(axis=(0, 1))}


@pytest.fixture(autouse=True, scope="module")
def path() -> Iterator[None]:
    with installed(EXAMPLE):
        yield


def linear(images: Floats) -> Floats:
    """A score to which every pixel contributes its own share."""
    return np.asarray((images * WEIGHTS).sum(axis=(1, 2, 3)), np.float32)


def explained(**options: Any) -> ImageMap:
    from florescope_occlusion.description import OcclusionOptions  # noqa: PLC0415
    from florescope_occlusion.occlusion import occlusion  # noqa: PLC0415

    request = MapRequest(
        image=IMAGE,
        target=0,
        options=OcclusionOptions(**options),
        scores=linear,
        gradients=linear,
        logits=linear,
        probabilities=linear,
        batch_size=5,
        check=lambda: None,
    )
    return occlusion(request)


@pytest.mark.parametrize("fill", FILLS)
def test_windows_of_one_pixel_give_what_the_pixel_contributes(fill: str) -> None:
    expected = ((IMAGE - FILLS[fill]) * WEIGHTS).sum(axis=-1)
    np.testing.assert_allclose(explained(window=1, stride=1, fill=fill).map, expected, atol=0.05)


@given(window=st.sampled_from([1, 2, 3, 4, 6, 12]), fill=st.sampled_from(sorted(FILLS)))
def test_windows_side_by_side_add_up_to_the_drop_of_the_whole_image(window: int, fill: str) -> None:
    found = explained(window=window, stride=window, fill=fill)
    covered = np.broadcast_to(FILLS[fill], IMAGE.shape)
    drop = linear(np.stack([IMAGE, covered]))
    assert found.map.sum() / window**2 == pytest.approx(drop[0] - drop[1], abs=0.5)
    assert found.numbers == {"windows": (HEIGHT // window) * (WIDTH // window)}


@given(window=st.integers(1, 2 * WIDTH), stride=st.integers(1, 2 * HEIGHT))
def test_every_pixel_is_covered_whatever_the_windows(window: int, stride: int) -> None:
    found = explained(window=window, stride=min(stride, window))
    assert found.map.shape == (HEIGHT, WIDTH)
    assert np.isfinite(found.map).all()
