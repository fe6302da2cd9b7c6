"""The networks that can be asked for by name, each bound to its own preprocessing.

A backbone takes raw RGB, 0..255, and does its own preprocessing inside the graph, in layers that Keras knows: a
saved model needs nothing of this package, and no caller can pick the wrong normalisation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import keras

from ml.errors import UnknownName, WeightsUnavailable
from ml.preprocessing import Preprocess, preprocessing_named

IMAGENET = "imagenet"
NO_WEIGHTS = "none"

Network = Callable[[Any, str | None], Any]


@dataclass(frozen=True)
class Backbone:
    """A network without its head.

    Attributes:
        name: as users ask for it.
        preprocess: maps raw RGB (N, H, W, 3) float32, 0..255, to what the network was trained on.
        network: maps the preprocessed tensor and ``weights`` (None, ``imagenet`` or a file) to a model whose output
            is the last spatial activation, (N, h, w, channels).
        feature_layer: name of the layer that makes this activation.
        weights_file: Keras's name for the published ImageNet weights without head; None where there are none.
    """

    name: str
    preprocess: Preprocess
    network: Network
    feature_layer: str
    weights_file: str | None


def backbone_named(name: str) -> Backbone:
    """Look a backbone up.

    Raises:
        UnknownName: no such backbone; the message lists those there are.
    """
    if name not in BACKBONES:
        raise UnknownName(f"no backbone {name!r}: there are {', '.join(BACKBONES)}")
    return BACKBONES[name]


def feature_layer_name(name: str) -> str:
    """The layer whose output GradCAM explains by default: the last spatial activation."""
    return backbone_named(name).feature_layer


def features(backbone: Backbone, image: Any, *, weights: str, weights_dir: str | Path | None = None) -> Any:
    """Append preprocessing and network to ``image``, a Keras tensor of raw RGB; return the last spatial activation.

    Args:
        backbone: which network.
        image: (N, H, W, 3) float32, 0..255.
        weights: ``imagenet`` or ``none``.
        weights_dir: folder that may hold the published weight files.

    Raises:
        UnknownName: there are no such weights for this backbone.
        WeightsUnavailable: the weights are neither in ``weights_dir`` nor to be downloaded.
    """
    if weights not in {IMAGENET, NO_WEIGHTS} or (weights == IMAGENET and backbone.weights_file is None):
        offered = NO_WEIGHTS if backbone.weights_file is None else f"{IMAGENET} and {NO_WEIGHTS}"
        raise UnknownName(f"no weights {weights!r} for backbone {backbone.name!r}: there is {offered}")
    inputs = backbone.preprocess(image)
    if weights == NO_WEIGHTS:
        return backbone.network(inputs, None).output
    path = _local_weights(backbone, weights_dir)
    try:
        return backbone.network(inputs, str(path) if path else IMAGENET).output
    except Exception as error:  # Keras raises a bare Exception when a download fails
        raise WeightsUnavailable(_no_weights(backbone, path, weights_dir, error)) from error


def _local_weights(backbone: Backbone, weights_dir: str | Path | None) -> Path | None:
    path = Path(weights_dir) / str(backbone.weights_file) if weights_dir else None
    return path if path and path.is_file() else None


def _no_weights(backbone: Backbone, path: Path | None, folder: str | Path | None, error: Exception) -> str:
    if path:
        return f"ImageNet weights for {backbone.name} in {path} (FLORESCOPE_WEIGHTS_DIR) cannot be used: {error}"
    place = f"in {folder}" if folder else "on disk (FLORESCOPE_WEIGHTS_DIR is not set)"
    return (
        f"ImageNet weights for {backbone.name} are not {place} and could not be downloaded ({error}): put "
        f"{backbone.weights_file} into a folder and set FLORESCOPE_WEIGHTS_DIR to it, or use weights 'none'"
    )


def _application(build: Callable[..., Any], inputs: Any, weights: str | None, **options: Any) -> Any:
    return build(include_top=False, weights=weights, input_tensor=inputs, **options)


def _mobilenet(inputs: Any, weights: str | None) -> Any:
    """Whatever the image size, the weights trained at 224: Keras would pick another file for 96, 128, 160 or 192."""
    if weights == IMAGENET:
        weights = keras.utils.get_file(MOBILENET_FILE, MOBILENET_URL + MOBILENET_FILE, cache_subdir="models")
    return _application(keras.applications.MobileNetV2, inputs, weights)


def _small_cnn(inputs: Any, weights: str | None) -> Any:
    """Five convolutions with batch normalisation, quick to train from scratch; stride 8 over all."""
    del weights
    x = inputs
    for block, (filters, strides) in enumerate(((16, 2), (32, 2), (48, 1), (64, 2), (96, 1)), start=1):
        name = f"block{block}"
        conv = keras.layers.Conv2D(filters, 3, strides=strides, padding="same", use_bias=False, name=f"{name}_conv")
        x = keras.layers.BatchNormalization(momentum=0.9, name=f"{name}_bn")(conv(x))
        x = keras.layers.ReLU(name=f"{name}_relu")(x)
    return keras.Model(keras.utils.get_source_inputs(x), x, name="small_cnn")


MOBILENET_URL = "https://storage.googleapis.com/tensorflow/keras-applications/mobilenet_v2/"
MOBILENET_FILE = "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5"

_TABLE = (
    Backbone(
        "ResNet50",
        preprocessing_named("ResNet50"),
        partial(_application, keras.applications.ResNet50),
        "conv5_block3_out",
        "resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5",
    ),
    Backbone(
        "ResNet50V2",
        preprocessing_named("ResNet50V2"),
        partial(_application, keras.applications.ResNet50V2),
        "post_relu",
        "resnet50v2_weights_tf_dim_ordering_tf_kernels_notop.h5",
    ),
    Backbone("MobileNetV2", preprocessing_named("MobileNetV2"), _mobilenet, "out_relu", MOBILENET_FILE),
    Backbone(
        "EfficientNetV2B0",
        preprocessing_named("EfficientNetV2B0"),
        partial(_application, keras.applications.EfficientNetV2B0),
        "top_activation",
        "efficientnetv2-b0_notop.h5",
    ),
    Backbone("SmallCNN", preprocessing_named("SmallCNN"), _small_cnn, "block5_relu", None),
)
BACKBONES: Mapping[str, Backbone] = MappingProxyType({backbone.name: backbone for backbone in _TABLE})
