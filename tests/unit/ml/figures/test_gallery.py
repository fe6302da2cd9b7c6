from __future__ import annotations

import io

import numpy as np
from PIL import Image

from ml.figures.gallery import MAP_SIZE, PHOTO_SIZE, ClassMaps, Gallery, small_jpeg

RNG = np.random.default_rng(11)


def heatmap(size: int = 64) -> np.ndarray:
    return RNG.normal(size=(size, size)).astype(np.float32)


def filled(maps: list[np.ndarray], *, start: int = 0) -> Gallery:
    gallery = Gallery()
    for number, each in enumerate(maps, start=start):
        image = RNG.integers(0, 256, (224, 224, 3), dtype=np.uint8)
        gallery.photos[f"image-{number}"] = small_jpeg(Image.fromarray(image))
        gallery.add(number % 2, {"gradcam": np.abs(each), "integrated_gradients": each})
    return gallery


def test_a_gallery_survives_its_journey_through_bytes() -> None:
    gallery = filled([heatmap() for _ in range(5)])
    again = Gallery.decode(gallery.encode())
    assert again.photos == gallery.photos
    assert set(again.maps) == {"gradcam", "integrated_gradients"}
    for method, maps in gallery.maps.items():
        assert again.maps[method].counts == maps.counts
        for label in maps.sums:
            np.testing.assert_array_equal(again.maps[method].mean(label), maps.mean(label))


def test_an_empty_gallery_too() -> None:
    assert Gallery.decode(Gallery().encode()).photos == {}


def test_shards_merge_into_what_one_shard_would_have_made() -> None:
    maps = [heatmap() for _ in range(6)]
    whole, merged = filled(maps).maps["integrated_gradients"], ClassMaps()
    for part in (filled(maps[:4]), filled(maps[4:], start=4)):
        merged.merge(part.maps["integrated_gradients"])
    for label in (0, 1):
        np.testing.assert_allclose(merged.mean(label), whole.mean(label), atol=1e-6)


def test_every_image_counts_the_same_however_strong_its_map() -> None:
    left, right = np.zeros((64, 64), np.float32), np.zeros((64, 64), np.float32)
    left[:, :32], right[:, 32:] = 1, 1000
    maps = ClassMaps()
    maps.add(0, left)
    maps.add(0, right)
    np.testing.assert_allclose(maps.mean(0), np.full((MAP_SIZE, MAP_SIZE), 0.5), atol=1e-6)


def test_a_map_of_nan_adds_nothing_and_spoils_nothing() -> None:
    maps = ClassMaps()
    maps.add(0, np.full((64, 64), np.nan, np.float32))
    maps.add(0, np.ones((64, 64), np.float32))
    np.testing.assert_allclose(maps.mean(0), 0.5)


def test_photographs_are_small() -> None:
    photo = filled([heatmap()]).photos["image-0"]
    assert Image.open(io.BytesIO(photo)).size == (PHOTO_SIZE, PHOTO_SIZE)
