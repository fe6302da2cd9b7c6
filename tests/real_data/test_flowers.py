"""Real flowers and a real network: what it learns, and whether its explanations add up."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from ml.attribution.explainer import Explainer, ExplainOptions, ImageExplanation
from ml.attribution.gradcam import enlarged
from ml.data.datasets import describe, read
from ml.data.images import resize
from ml.training.options import TrainingOptions
from ml.training.train import TrainingResult, train
from tests.services.real_data import DATASET, RealData, require_real_data
from tests.unit.ml.small_networks import autodiff_gradcam

pytestmark = pytest.mark.real_data

SIZE = 96
IMAGES = 4
TOLERANCE = 0.05


@pytest.fixture(scope="module")
def real_data() -> RealData:
    return require_real_data()


@pytest.fixture(scope="module")
def trained(real_data: RealData, tmp_path_factory: pytest.TempPathFactory) -> TrainingResult:
    """The head of a frozen MobileNetV2, on the official training images at a small size."""
    options = TrainingOptions(
        dataset=DATASET,
        test_split=None,
        backbone="MobileNetV2",
        image_size=SIZE,
        epochs=15,
        data_dir=real_data.tfds,
        weights_dir=real_data.weights,
    )
    folder: Path = tmp_path_factory.mktemp("real")
    return train(options, directory=folder, on_epoch=lambda _: None, on_batch=lambda _: None)


@pytest.fixture(scope="module")
def images(real_data: RealData) -> npt.NDArray[np.uint8]:
    found = [example.image for example in read(DATASET, "test", stop=IMAGES, data_dir=real_data.tfds)]
    return np.stack([resize(image, SIZE) for image in found if image is not None])


@pytest.fixture(scope="module")
def explained(trained: TrainingResult, images: npt.NDArray[np.uint8]) -> list[ImageExplanation]:
    options = ExplainOptions(trained.feature_layer, tolerance=TOLERANCE, max_evaluations=2048)
    return Explainer(trained.model, options).explain(images, [None] * IMAGES)


def test_the_official_splits_are_as_published(real_data: RealData) -> None:
    description = describe(DATASET, data_dir=real_data.tfds)
    assert (description.splits["train"], description.splits["validation"]) == (1020, 1020)
    assert len(description.class_names) == 102
    assert "sunflower" in description.class_names


def test_pictures_have_the_names_of_their_files(real_data: RealData) -> None:
    found = list(read(DATASET, "test", start=3, stop=6, data_dir=real_data.tfds))
    assert [example.index for example in found] == [3, 4, 5]
    assert all(example.image_id.startswith("image_") and example.image_id.endswith(".jpg") for example in found)
    assert all(example.image is not None and min(example.image.shape[:2]) > 200 for example in found)


def test_a_frozen_backbone_tells_real_flowers_apart(trained: TrainingResult) -> None:
    """Of 102 classes, with ten images of each to learn from."""
    assert (trained.train_images, trained.validation_images, trained.skipped) == (1020, 1020, ())
    assert max(metrics.validation_accuracy or 0 for metrics in trained.history) > 0.5


def test_gradcam_in_closed_form_is_what_autodiff_says(
    trained: TrainingResult, images: npt.NDArray[np.uint8], explained: list[ImageExplanation]
) -> None:
    empty = []
    for image, found in zip(images, explained, strict=True):
        expected = enlarged(autodiff_gradcam(trained.model, image, found.target, layer=trained.feature_layer), SIZE)
        np.testing.assert_allclose(found.methods["gradcam"].map, expected, atol=1e-5)
        empty.append(not expected.any())
        assert ("empty_cam" in found.methods["gradcam"].flags) == empty[-1]
    assert not all(empty)


def test_integrated_gradients_add_up_within_the_tolerance(
    trained: TrainingResult, images: npt.NDArray[np.uint8], explained: list[ImageExplanation]
) -> None:
    for image, found in zip(images, explained, strict=True):
        method = found.methods["integrated_gradients"]
        ends = np.stack([image, np.zeros_like(image)]).astype(np.float32)
        value, baseline_value = np.asarray(trained.model(ends, training=False))[:, found.target]
        change = float(value - baseline_value)
        assert "unconverged" not in method.flags
        assert abs(float(method.map.sum()) - change) <= 1.02 * TOLERANCE * abs(change)
        assert method.metrics["relative_delta"] <= TOLERANCE
