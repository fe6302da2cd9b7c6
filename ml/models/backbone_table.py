"""Lists every backbone: its preprocessing, how it is built, its last spatial activation, its weight file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import keras

from ml.models.preprocessing import Preprocess, caffe, minus_one_to_one, none, torch

IMAGENET = "imagenet"
LAST_SPATIAL = "last_spatial"
"""Name given to the last activation where Keras would number it differently each time it is built."""
MOBILENET_URL = "https://storage.googleapis.com/tensorflow/keras-applications/mobilenet_v2/"
MOBILENET_FILE = "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5"

Network = Callable[[Any, str | None], Any]


@dataclass(frozen=True)
class Backbone:
    """A network without its head.

    Attributes:
        name: the name in specifications.
        preprocess: maps raw RGB (N, H, W, 3) float32, 0..255, to what the network was trained on.
        network: maps the preprocessed tensor and ``weights`` (None, ``imagenet`` or a file) to a model whose output
            is the last spatial activation, (N, h, w, channels).
        feature_layer: name of the layer whose output this activation is.
        weights_file: Keras's name for the published ImageNet weights without head; None where there are none.
    """

    name: str
    preprocess: Preprocess
    network: Network
    feature_layer: str
    weights_file: str | None


def _application(name: str, inputs: Any, weights: str | None) -> Any:
    return getattr(keras.applications, name)(include_top=False, weights=weights, input_tensor=inputs)


def _named_last(name: str, inputs: Any, weights: str | None) -> Any:
    """Give the last activation a name that does not depend on which models were built before."""
    output = _application(name, inputs, weights).output
    return keras.Model(inputs, keras.layers.Activation("linear", name=LAST_SPATIAL)(output))


def _mobilenet_v2(inputs: Any, weights: str | None) -> Any:
    """Use the weights trained at 224 for every image size: Keras would pick other files for 96, 128, 160 and 192."""
    if weights == IMAGENET:
        weights = keras.utils.get_file(MOBILENET_FILE, MOBILENET_URL + MOBILENET_FILE, cache_subdir="models")
    return _application("MobileNetV2", inputs, weights)


def _small_cnn(inputs: Any, weights: str | None) -> Any:
    """Five convolutions with batch normalisation, quick to train from scratch; overall stride 8."""
    del weights
    x = inputs
    for block, (filters, strides) in enumerate(((16, 2), (32, 2), (48, 1), (64, 2), (96, 1)), start=1):
        name = f"block{block}"
        conv = keras.layers.Conv2D(filters, 3, strides=strides, padding="same", use_bias=False, name=f"{name}_conv")
        x = keras.layers.BatchNormalization(momentum=0.9, name=f"{name}_bn")(conv(x))
        x = keras.layers.ReLU(name=f"{name}_relu")(x)
    return keras.Model(keras.utils.get_source_inputs(x), x, name="small_cnn")


def _resnet(depth: int) -> Backbone:
    name = f"ResNet{depth}"
    weights = f"resnet{depth}_weights_tf_dim_ordering_tf_kernels_notop.h5"
    build = partial(_application, name)
    return Backbone(name, caffe, build, "conv5_block3_out", weights)


def _resnet_v2(depth: int) -> Backbone:
    name = f"ResNet{depth}V2"
    weights = f"resnet{depth}v2_weights_tf_dim_ordering_tf_kernels_notop.h5"
    build = partial(_application, name)
    return Backbone(name, minus_one_to_one, build, "post_relu", weights)


def _mobilenet_v3(size: str) -> Backbone:
    name = f"MobileNetV3{size}"
    weights = f"weights_mobilenet_v3_{size.lower()}_224_1.0_float_no_top_v2.h5"
    return Backbone(name, none, partial(_named_last, name), LAST_SPATIAL, weights)


def _efficientnet_v2(size: str) -> Backbone:
    name = f"EfficientNetV2{size}"
    weights = f"efficientnetv2-{size.lower()}_notop.h5"
    return Backbone(name, none, partial(_application, name), "top_activation", weights)


def _convnext(size: str) -> Backbone:
    name = f"ConvNeXt{size}"
    weights = f"convnext_{size.lower()}_notop.h5"
    return Backbone(name, none, partial(_named_last, name), LAST_SPATIAL, weights)


def _densenet(depth: int) -> Backbone:
    name = f"DenseNet{depth}"
    weights = f"densenet{depth}_weights_tf_dim_ordering_tf_kernels_notop.h5"
    return Backbone(name, torch, partial(_application, name), "relu", weights)


BACKBONE_TABLE: tuple[Backbone, ...] = (
    *(_resnet(depth) for depth in (50, 101, 152)),
    *(_resnet_v2(depth) for depth in (50, 101, 152)),
    Backbone("MobileNetV2", minus_one_to_one, _mobilenet_v2, "out_relu", MOBILENET_FILE),
    *(_mobilenet_v3(size) for size in ("Small", "Large")),
    *(_efficientnet_v2(size) for size in ("B0", "B1", "B2", "B3", "S", "M", "L")),
    *(_convnext(size) for size in ("Tiny", "Small", "Base")),
    *(_densenet(depth) for depth in (121, 169, 201)),
    Backbone("SmallCNN", minus_one_to_one, _small_cnn, "block5_relu", None),
)
