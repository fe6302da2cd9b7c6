"""Computes GradCAM++ maps (Chattopadhay et al. 2018, "Grad-CAM++: Generalized Gradient-Based Visual Explanations").

The paper weighs feature map k by wₖ = Σᵢⱼ αᵢⱼₖ ReLU(∂Y/∂Aᵢⱼₖ), with α from the second and third derivatives of Y. This
is its closed form for Y = exp(S), where S is the score that is explained (section 3 of the paper). With g = ∂S/∂A, the
derivatives of Y are exp(S) g, exp(S) g² and exp(S) g³, so that one gradient of S is enough::

    αᵢⱼₖ = gᵢⱼₖ² / (2 gᵢⱼₖ² + Σₐᵦ Aₐᵦₖ gᵢⱼₖ³) = 1 / (2 + gᵢⱼₖ Σₐᵦ Aₐᵦₖ)

This is exact where S is piecewise linear in the activations, as with pooling and one dense layer. The other closed form
in use, for Y = softmax(S), needs the gradients of every class. The factor exp(S) of ∂Y/∂A is left out: it is the same
at each place, so it only scales the map, and it overflows for a score above 88.
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from ml.attribution.weighted_activations import weighted_activations


def gradcam_plus_plus_maps(features: Any, gradients: Any) -> Any:
    """Maps of several classes, as ``ml.attribution.layer_methods.Maps`` says; never below zero.

    Only gradients above zero count, as in the paper. It has activations above zero too. Where a layer has others, a
    feature map whose sum is negative counts as if its sum were zero. So α lies between 0 and 1/2, and nothing is ever
    divided by zero.
    """
    _, height, width, _ = features.shape
    rising = tf.nn.relu(gradients)
    totals = tf.nn.relu(tf.reduce_sum(features, axis=(1, 2)))[:, None, None, None, :]
    weights = tf.reduce_mean(rising / (2.0 + rising * totals), axis=(2, 3)) * float(height * width)
    return tf.nn.relu(weighted_activations(features, weights))
