"""Trains the networks of the cases: a small one in all its layers, and heads on frozen features that are shared."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from bench.audit.case import Source
from bench.audit.flowers import REAL_SIDE, SYNTHETIC_SIDE, flowers
from bench.audit.linear_head import LinearHead, Spatial, in_batches, remembered
from ml.models.backbones import backbone_named, features

Images = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
_CLEAN_EPOCHS, _PLANTED_EPOCHS, _BATCH = 14, 5, 16
_FROZEN_LAYER = "block_6_expand_relu"


def fine_tuned(training: Images, labels: Labels, *, seed: int) -> LinearHead:
    """A small network that learned the clean drawn flowers, and then learns these pictures in all its layers."""
    network = _small_network()
    _learn(network, training, labels, epochs=_PLANTED_EPOCHS, seed=seed, start=_clean_weights())
    weights, bias = network.get_layer("logits").get_weights()
    return LinearHead(_spatial_of_small(), weights, bias)


def frozen(training: Images, labels: Labels) -> LinearHead:
    """A dense head on frozen activations of an inner layer of MobileNetV2; on the last layer it would use few marks."""
    parts = [
        _backbone()(training[start : start + _BATCH]).mean(axis=(1, 2)) for start in range(0, len(training), _BATCH)
    ]
    pooled = np.concatenate(parts)
    mean, deviation = pooled.mean(axis=0), pooled.std(axis=0) + np.float32(1e-3)
    head = LogisticRegression(C=1.0, max_iter=300).fit((pooled - mean) / deviation, labels)
    weights = (head.coef_ / deviation).T.astype(np.float32)
    return LinearHead(_backbone(), weights, (head.intercept_ - mean @ weights).astype(np.float32))


@cache
def _backbone() -> Spatial:
    image = keras.Input((REAL_SIDE, REAL_SIDE, 3))
    weights = os.environ["FLORESCOPE_WEIGHTS_DIR"]
    spatial = features(backbone_named("MobileNetV2"), image, weights="imagenet", weights_dir=weights)
    inner = keras.Model(image, keras.Model(image, spatial).get_layer(_FROZEN_LAYER).output)
    clean = flowers("oxford_flowers102")
    return remembered(in_batches(lambda images: inner(images, training=False)), [clean.training, clean.test])


@cache
def _small_network() -> keras.Model:
    keras.utils.set_random_seed(0)
    image = keras.Input((SYNTHETIC_SIDE, SYNTHETIC_SIDE, 3))
    below: Any = keras.layers.Rescaling(1 / 127.5, offset=-1)(image)
    for number, (filters, side, stride) in enumerate(((16, 5, 2), (32, 3, 2), (48, 3, 1), (64, 3, 2))):
        below = keras.layers.Conv2D(filters, side, strides=stride, padding="same", use_bias=False)(below)
        below = keras.layers.BatchNormalization(momentum=0.9)(below)
        below = keras.layers.ReLU(name=f"activation_{number}")(below)
    pooled = keras.layers.GlobalAveragePooling2D()(below)
    logits = keras.layers.Dense(flowers("synthetic_flowers").classes, name="logits")(pooled)
    network = keras.Model(image, logits)
    network.compile(keras.optimizers.Adam(3e-3), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return network


@cache
def _spatial_of_small() -> Spatial:
    network = _small_network()
    below = keras.Model(network.input, network.get_layer("activation_3").output)
    return in_batches(lambda images: below(images, training=False))


@cache
def _clean_weights() -> list[Floats]:
    network, clean = _small_network(), flowers("synthetic_flowers")
    _learn(network, clean.training, clean.training_labels, epochs=_CLEAN_EPOCHS, seed=0, start=network.get_weights())
    return list(network.get_weights())


def _learn(
    network: keras.Model, images: Images, labels: Labels, *, epochs: int, seed: int, start: list[Floats]
) -> None:
    keras.utils.set_random_seed(seed)
    network.set_weights(start)
    for variable in network.optimizer.variables:
        if variable.name != "learning_rate":
            variable.assign(np.zeros(variable.shape))
    mirrored = np.concatenate([images, images[:, :, ::-1]]) if epochs > _PLANTED_EPOCHS else images
    repeated = np.concatenate([labels] * (len(mirrored) // len(images)))
    network.fit(mirrored.astype(np.float32), repeated, batch_size=_BATCH, epochs=epochs, verbose=0)


def train(source: Source, training: Images, labels: Labels, *, seed: int) -> LinearHead:
    """The network of a case, trained on its pictures."""
    return fine_tuned(training, labels, seed=seed) if source == "synthetic_flowers" else frozen(training, labels)
