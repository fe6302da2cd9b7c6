"""Computes LayerCAM maps (Jiang et al. 2021, "Exploring Hierarchical Class Activation Maps for Localization").

Each activation is weighted by its own gradient, where that is above zero.
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from ml.attribution.weighted_activations import weighted_activations


def layercam_maps(features: Any, gradients: Any) -> Any:
    """Maps of several classes, as ``ml.attribution.layer_methods.Maps`` says; never below zero.

    Where the gradients are the same at each place, the weights are those of whole feature maps: then one matrix product
    does, instead of a product as large as the activations of all classes.
    """
    weights = tf.nn.relu(gradients)
    if weights.shape[2:4] == (1, 1):
        return tf.nn.relu(weighted_activations(features, weights[:, :, 0, 0]))
    return tf.nn.relu(tf.einsum("bmhwc,bhwc->bmhw", weights, features))
