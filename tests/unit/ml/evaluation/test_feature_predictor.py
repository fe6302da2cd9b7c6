from __future__ import annotations

import keras
import numpy as np

from ml.evaluation.feature_predictor import FeaturePredictor
from tests.unit.ml.small_networks import IMAGES, network


def test_one_pass_gives_logits_and_means_of_the_layers_channels() -> None:
    model = network()
    both = keras.Model(model.inputs[0], [model.outputs[0], model.get_layer("features").output])
    expected, maps = (np.asarray(each) for each in both(IMAGES.astype(np.float32), training=False))
    logits, features = FeaturePredictor(model, feature_layer="features", batch_size=2)(IMAGES)
    np.testing.assert_allclose(logits, expected, atol=1e-4)
    np.testing.assert_allclose(features, maps.mean(axis=(1, 2)), atol=1e-4)


def test_a_network_without_a_layer_of_features_has_its_logits_for_features() -> None:
    logits, features = FeaturePredictor(network(), feature_layer=None, batch_size=4)(IMAGES)
    np.testing.assert_array_equal(features, logits)


def test_probabilities_of_an_image_add_up_to_one() -> None:
    found = FeaturePredictor(network(), feature_layer=None, batch_size=4).probabilities(IMAGES)
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-5)
