from __future__ import annotations

import keras
import numpy as np
import pytest

from ml.models.backbones import BACKBONES
from ml.models.classifier import build_classifier
from ml.models.layer_graph import cut_before, stem_of, tail_of
from ml.training.learning_layers import backbone_layers


def two_ways() -> keras.Model:
    """A residual block between two convolutions, and a plain operation."""
    image = keras.Input((8, 8, 3))
    first = keras.layers.Conv2D(4, 3, padding="same", name="first")(image)
    inner = keras.layers.Conv2D(4, 3, padding="same", name="inner")(first)
    added = keras.layers.Add(name="added")([first, inner])
    last = keras.layers.Conv2D(4, 3, name="last")(added + 1.0)
    return keras.Model(image, last)


@pytest.mark.parametrize(("layer", "cut"), [("first", None), ("inner", "first"), ("added", "first"), ("last", "added")])
def test_a_network_is_cut_where_one_output_is_all_that_the_rest_needs(layer: str, cut: str | None) -> None:
    model = two_ways()
    place = cut_before(model, layer)
    assert (None if place is None else model.layers[place].name) == cut


def test_a_skip_over_the_cut_forbids_it() -> None:
    image = keras.Input((4,))
    hidden = keras.layers.Dense(4, name="hidden")(image)
    joined = keras.layers.Concatenate(name="joined")([image, hidden])
    assert cut_before(keras.Model(image, joined), "joined") is None


@pytest.mark.parametrize("backbone", ["MobileNetV2", "MobileNetV3Small", "EfficientNetV2B0", "DenseNet121", "SmallCNN"])
def test_stem_and_tail_make_the_whole(backbone: str) -> None:
    assert backbone in BACKBONES
    model = build_classifier(backbone, num_classes=3, image_size=64, weights="none")
    layers = backbone_layers(model)
    place = cut_before(model, layers[-len(layers) // 4].name)
    assert place is not None
    images = np.random.default_rng(0).uniform(0, 255, (2, 64, 64, 3)).astype(np.float32)
    seen = stem_of(model, place)(images, training=False)
    np.testing.assert_allclose(
        tail_of(model, place)(seen, training=False), model(images, training=False), rtol=1e-4, atol=1e-5
    )
