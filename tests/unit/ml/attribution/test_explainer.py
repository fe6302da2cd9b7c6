"""The explainer on small networks, against plain automatic differentiation."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from ml.attribution.baselines import baselines_of
from ml.attribution.explainer import Explainer, ExplainOptions, ImageExplanation
from ml.attribution.gradcam import enlarged
from ml.attribution.integrated_gradients import path_memory
from ml.attribution.noise import noisy_copies, seed_of
from ml.errors import BadOption, MlError
from ml.models.classifier_functions import head_weights
from tests.unit.ml.small_networks import (
    IMAGES,
    LABELS,
    SIZE,
    Images,
    autodiff_gradcam,
    integrated_by_midpoints,
    network,
    scored,
)


def explain(model: keras.Model, images: Images = IMAGES, **changes: object) -> list[ImageExplanation]:
    options = ExplainOptions(**{"feature_layer": "features", "batch_size": 4, **changes})  # type: ignore[arg-type]
    return Explainer(model, options).explain(images, LABELS[: len(images)])


@pytest.mark.parametrize("linear_head", [True, False])
def test_gradcam_equals_plain_autodiff(linear_head: bool) -> None:
    model = network(linear_head=linear_head)
    assert (head_weights(model, "features") is not None) == linear_head
    for image, label, found in zip(IMAGES, LABELS, explain(model, target="true", methods=("gradcam",)), strict=True):
        expected = autodiff_gradcam(model, image, label)
        found_map = found.methods["gradcam"].map
        np.testing.assert_allclose(found_map, enlarged(expected, SIZE), atol=1e-5)


def test_features_are_the_means_of_the_layers_channels() -> None:
    model = network()
    body = keras.Model(model.inputs[0], model.get_layer("features").output)
    expected = np.asarray(body(IMAGES.astype(np.float32), training=False)).mean(axis=(1, 2))
    for found, features in zip(explain(model, methods=("gradcam",)), expected, strict=True):
        assert found.features is not None
        np.testing.assert_allclose(found.features, features, atol=1e-4)


def test_each_image_of_a_batch_is_explained_for_its_own_class_only() -> None:
    model = network()
    for image, label, found in zip(IMAGES, LABELS, explain(model, target="true", tolerance=0.001), strict=True):
        ends = np.stack([image.astype(np.float32), np.zeros_like(image, np.float32)])
        logits = np.asarray(model(ends, training=False))
        metrics = found.methods["integrated_gradients"].metrics
        assert found.target == label
        value, baseline_value = np.asarray(scored(logits, label))
        assert metrics["value"] == pytest.approx(value, abs=1e-4)
        assert metrics["baseline_value"] == pytest.approx(baseline_value, abs=1e-4)
        total = float(found.methods["integrated_gradients"].map.sum())
        assert total == pytest.approx(value - baseline_value, abs=0.01)


def test_integrated_gradients_equal_a_reference_of_2048_nodes() -> None:
    model, target = network(), 2
    found = explain(model, IMAGES[:1], target=target, tolerance=0.001)[0].methods["integrated_gradients"]
    reference = integrated_by_midpoints(model, IMAGES[0], target)
    np.testing.assert_allclose(found.map, reference, atol=0.02 * np.abs(reference).max())


def test_a_layer_that_speaks_for_the_other_classes_alone_gives_an_empty_map_not_nan() -> None:
    model = network()
    model.get_layer("logits").kernel.assign(np.tile(np.array([-1, 0, 0, 0, 0], np.float32), (12, 1)))
    for found in explain(model, methods=("gradcam",), target=0):
        assert found.methods["gradcam"].flags == ("empty_cam",)
        assert not found.methods["gradcam"].map.any()


@pytest.mark.parametrize("linear_head", [True, False])
def test_nothing_is_traced_again_after_the_first_image(linear_head: bool) -> None:
    explainer = Explainer(network(linear_head=linear_head), ExplainOptions("features", batch_size=4))
    explainer.explain(IMAGES[:1], [0])
    traced = explainer.traces
    for count in (1, 2, 5):
        explainer.explain(IMAGES[:count], LABELS[:count])
    assert explainer.traces == traced == 3  # the forward pass, and gradients in full and small batches


def test_the_prediction_and_its_five_likeliest_classes_are_told() -> None:
    found = explain(network(), methods=("gradcam",))[0]
    assert found.prediction == int(found.logits.argmax())
    assert found.top[0][0] == found.prediction
    assert sum(share for _, share in found.top) == pytest.approx(1)


def test_an_unknown_layer_is_refused_with_those_that_would_do() -> None:
    with pytest.raises(
        MlError, match=r"'out_relu': the model has no spatial layer of that name; its last are .*features"
    ):
        Explainer(network(), ExplainOptions("out_relu"))


def test_a_class_out_of_range_is_refused() -> None:
    with pytest.raises(MlError, match="classes 0 to 4"):
        Explainer(network(), ExplainOptions("features", target=5))


def test_the_true_class_of_an_image_without_label_is_refused() -> None:
    with pytest.raises(MlError, match="'true' needs a label from 0 to 4"):
        Explainer(network(), ExplainOptions("features", target="true")).explain(IMAGES[:1], [None])


def test_images_of_another_size_are_refused() -> None:
    with pytest.raises(MlError, match=r"expected \(16, 16, 3\)"):
        Explainer(network(), ExplainOptions("features")).explain(np.zeros((1, 8, 8, 3), np.uint8), [0])


def test_each_of_the_likeliest_classes_gets_a_map_under_its_own_name() -> None:
    model = network()
    for image, found in zip(IMAGES, explain(model, target="top:3", tolerance=0.01), strict=True):
        ranked = np.argsort(-found.logits)[:3]
        assert found.target == ranked[0]
        assert list(found.methods) == [
            *("gradcam", f"gradcam:{ranked[1]}", f"gradcam:{ranked[2]}"),
            *("integrated_gradients", f"integrated_gradients:{ranked[1]}", f"integrated_gradients:{ranked[2]}"),
        ]
        for explanation in found.methods.values():
            assert explanation.target in ranked
        expected = enlarged(autodiff_gradcam(model, image, int(ranked[2])), SIZE)
        np.testing.assert_allclose(found.methods[f"gradcam:{ranked[2]}"].map, expected, atol=1e-5)
        value = found.methods[f"integrated_gradients:{ranked[1]}"].metrics["value"]
        assert value == pytest.approx(found.logits[ranked[1]] - found.logits.mean(), abs=1e-4)


def test_maps_of_the_target_the_true_class_and_the_likeliest_come_with_every_image() -> None:
    model = network()
    for image, label, found in zip(IMAGES, LABELS, explain(model, target=3, methods=("gradcam",)), strict=True):
        assert set(found.class_maps) >= {3, label, *(each for each, _ in found.top)}
        np.testing.assert_allclose(found.class_maps[label], autodiff_gradcam(model, image, label), atol=1e-5)


def test_a_label_that_the_model_does_not_know_is_no_class_to_map() -> None:
    found = Explainer(network(), ExplainOptions("features", methods=("gradcam",))).explain(IMAGES[:1], [77])[0]
    assert 77 not in found.class_maps
    assert found.target == found.prediction


def test_noise_averages_the_maps_of_noisy_copies_for_the_class_of_the_clean_image() -> None:
    model = network()
    found = explain(model, IMAGES[:1], noise_samples=3, noise_stddev=0.3, tolerance=0.001)[0]
    copies = noisy_copies(IMAGES[0], samples=3, stddev=0.3)
    assert found.prediction == explain(model, IMAGES[:1], methods=("gradcam",))[0].prediction
    maps = [autodiff_gradcam(model, copy, found.target) for copy in copies]
    np.testing.assert_allclose(found.class_maps[found.target], np.mean(maps, axis=0), atol=1e-5)
    references = [integrated_by_midpoints(model, copy, found.target) for copy in copies]
    expected = np.mean(references, axis=0)
    explanation = found.methods["integrated_gradients"]
    np.testing.assert_allclose(explanation.map, expected, atol=0.02 * np.abs(expected).max())
    assert explanation.metrics["paths"] == 3


def test_random_baselines_average_the_paths_from_each_of_them() -> None:
    model = network()
    found = explain(model, IMAGES[:1], baseline="random:3", tolerance=0.001)[0]
    starts = baselines_of("random:3", IMAGES[0].astype(np.float32), seed=seed_of(IMAGES[0]))
    expected = np.mean(
        [integrated_by_midpoints(model, IMAGES[0], found.target, baseline=start) for start in starts], axis=0
    )
    explanation = found.methods["integrated_gradients"]
    np.testing.assert_allclose(explanation.map, expected, atol=0.02 * np.abs(expected).max())
    scores = np.asarray(scored(model(starts, training=False), found.target))
    assert explanation.metrics["baseline_value"] == pytest.approx(scores.mean(), abs=1e-4)
    assert explanation.metrics["worst_relative_delta"] >= explanation.metrics["relative_delta"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"target": "top:0"}, "'top:<how many>'"),
        ({"target": "top:6"}, "only 5 classes"),
        ({"target": "best"}, "'predicted', 'true'"),
        ({"methods": ("lime",)}, "choose one or more of gradcam, .*, integrated_gradients"),
        ({"methods": ()}, "choose one or more"),
        ({"baseline": "grey"}, "no baseline 'grey'"),
        ({"noise_samples": -1}, "must be positive"),
        ({"noise_samples": 2, "noise_stddev": 0.0}, "must be positive"),
    ],
)
def test_what_cannot_be_computed_is_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(MlError, match=message):
        explain(network(), IMAGES, **changes)


def test_the_maps_do_not_depend_on_how_many_paths_may_be_open(monkeypatch: pytest.MonkeyPatch) -> None:
    model = network()
    many = explain(model, methods=("integrated_gradients",))
    monkeypatch.setattr(path_memory, "PATH_MEMORY_BYTES", 512 * SIZE * SIZE * 4)
    assert path_memory.open_paths(512, SIZE) == 1
    for one, found in zip(explain(model, methods=("integrated_gradients",)), many, strict=True):
        alone, packed = one.methods["integrated_gradients"], found.methods["integrated_gradients"]
        np.testing.assert_allclose(alone.map, packed.map, atol=1e-6)
        assert alone.metrics["evaluations"] == packed.metrics["evaluations"]


def test_no_more_paths_are_open_than_there_is_memory_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(path_memory, "PATH_MEMORY_BYTES", 3 * 512 * SIZE * SIZE * 4)
    explainer = Explainer(network(), ExplainOptions("features", path_batch_size=32))
    assert explainer.open_paths == 3


def test_a_path_too_large_for_the_memory_is_refused_with_what_would_fit() -> None:
    with pytest.raises(BadOption, match=r"16 x 16 pixels take 20\.0 GiB .* use 2097152 or fewer") as refused:
        Explainer(network(), ExplainOptions("features", max_evaluations=20 * 2**20))
    assert refused.value.field == "ig.max_evaluations"


def test_gradcam_alone_needs_no_memory_for_paths() -> None:
    Explainer(network(), ExplainOptions("features", methods=("gradcam",), max_evaluations=20 * 2**20))
