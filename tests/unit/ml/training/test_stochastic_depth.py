"""Residual branches that are left out at random: which, how often, with what expectation; known answers."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from ml.models.classifier import build_classifier
from ml.models.residual_branches import residual_branches
from ml.training.options import FineTuneOptions
from ml.training.stochastic_depth import StochasticDepth, stochastic_depth


def classifier(backbone: str) -> keras.Model:
    return build_classifier(backbone, num_classes=3, image_size=32, weights="none")


@pytest.mark.parametrize(
    ("backbone", "branches", "first_end", "last_end"),
    [
        ("MobileNetV2", 10, "block_2_project_BN", "block_15_project_BN"),
        ("ResNet50", 16, "conv2_block1_3_bn", "conv5_block3_3_bn"),
        ("ResNet50V2", 16, "conv2_block1_3_conv", "conv5_block3_3_conv"),
        ("MobileNetV3Small", 6, "expanded_conv_2_project_bn", "expanded_conv_10_project_bn"),
        ("EfficientNetV2B0", 15, "block2b_drop", "block6h_drop"),
        ("ConvNeXtTiny", 18, "convnext_tiny_stage_0_block_0_identity", "convnext_tiny_stage_3_block_2_identity"),
    ],
)
def test_the_branches_of_a_backbone_are_found_and_not_its_shortcuts(
    backbone: str, branches: int, first_end: str, last_end: str
) -> None:
    found = residual_branches(classifier(backbone))
    assert (len(found), found[0].end, found[-1].end) == (branches, first_end, last_end)
    assert {branch.ends_in_dropout for branch in found} == {backbone.startswith("EfficientNet")}


@pytest.mark.parametrize("backbone", ["DenseNet121", "SmallCNN"])
def test_a_network_that_adds_nothing_has_no_branches(backbone: str) -> None:
    assert residual_branches(classifier(backbone)) == ()


def two_blocks() -> keras.Model:
    """x + 3x, then that + 2 times that; the shortcut is once the first and once the second that is added."""
    image = keras.Input((1, 1, 1), name="image")
    first = keras.layers.Conv2D(1, 1, use_bias=False, kernel_initializer=keras.initializers.Constant(3.0), name="one")
    x = keras.layers.Add(name="first")([image, first(image)])
    second = keras.layers.Conv2D(1, 1, use_bias=False, kernel_initializer=keras.initializers.Constant(2.0), name="two")
    x = second(x) + x
    return keras.Model(image, keras.layers.GlobalAveragePooling2D(name="pooling")(x), name="blocks")


def left_out(rate: float | None, network: keras.Model, layers: Any = "all") -> StochasticDepth | None:
    return stochastic_depth(network, network, FineTuneOptions(epochs=1, layers=layers, stochastic_depth=rate))


def test_each_branch_is_left_out_as_often_as_its_depth_says_and_the_expectation_is_the_whole_network() -> None:
    network = two_blocks()
    depth = left_out(0.4, network)
    assert depth is not None
    assert [gate.rate for gate in depth.gates] == [0.2, 0.4]
    depth.reseed(seed=0, epoch=1)
    images = np.ones((40_000, 1, 1, 1), np.float32)
    found = np.asarray(depth.network(images, training=True)).ravel()
    one, two = 1 + 3 / 0.8, 1 + 2 / 0.6
    expected = {one * two: 0.8 * 0.6, one: 0.8 * 0.4, two: 0.2 * 0.6, 1.0: 0.2 * 0.4}
    for value, share in expected.items():
        assert np.isclose(found, value, rtol=1e-5).mean() == pytest.approx(share, abs=0.0125)  # five standard errors
    assert found.mean() == pytest.approx(np.asarray(network(images[:1])).item(), abs=5 * float(found.std()) / 200)


def test_draws_depend_on_seed_and_epoch_alone() -> None:
    depth = left_out(0.5, two_blocks())
    assert depth is not None

    def drawn(seed: int, epoch: int) -> bytes:
        depth.reseed(seed=seed, epoch=epoch)
        one, other = (np.asarray(depth.network(np.ones((16, 1, 1, 1), "f4"), training=True)) for _ in range(2))
        assert not np.array_equal(one, other), "each step has draws of its own"
        return np.stack([one, other]).tobytes()

    assert drawn(1, 2) == drawn(1, 2)
    assert len({drawn(1, 1), drawn(1, 2), drawn(2, 1)}) == 3


def test_a_branch_that_is_not_trained_always_stays() -> None:
    depth = left_out(0.4, two_blocks(), layers=2)
    assert depth is not None
    assert [gate.rate for gate in depth.gates] == [0.4], "its depth is that in the whole network"


@pytest.mark.parametrize(("rate", "training"), [(0.0, True), (0.5, False)])
def test_without_a_rate_and_without_training_nothing_is_left_out(rate: float, training: bool) -> None:
    network = classifier("MobileNetV2")
    network.trainable = False
    depth = left_out(rate, network)
    assert depth is not None
    images = np.random.default_rng(0).uniform(0, 255, (4, 32, 32, 3)).astype(np.float32)
    head = network.get_layer("dropout")
    head.rate = 0.0
    np.testing.assert_array_equal(depth.network(images, training=training), network(images, training=training))
    assert depth.network.count_params() == network.count_params()
    assert {id(one) for one in depth.network.weights} == {id(one) for one in network.weights}


def test_a_rate_takes_the_place_of_what_the_backbone_leaves_out_itself() -> None:
    network = classifier("EfficientNetV2B0")
    network.trainable = False
    network.get_layer("dropout").rate = 0.0
    images = np.random.default_rng(0).uniform(0, 255, (4, 32, 32, 3)).astype(np.float32)
    plain = np.asarray(network(images, training=False))
    assert left_out(None, network) is None
    assert not np.array_equal(network(images, training=True), plain), "Keras leaves out 0.2"
    depth = left_out(0.0, network)
    assert depth is not None
    np.testing.assert_array_equal(depth.network(images, training=True), plain)
