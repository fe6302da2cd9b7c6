from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from scipy.sparse import csr_array

from ml.evaluation.calibration import calibration_error
from ml.evaluation.predictions import Predictions
from ml.figures import evaluation_figures
from ml.figures.evaluation_figures import confusion_png, reliability_png, robustness_figure, robustness_png


def drawn(png: bytes) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


@pytest.mark.parametrize("classes", [2, 9, 30, 102])
def test_a_confusion_matrix_of_any_size_is_drawn(classes: int) -> None:
    matrix = csr_array(np.diag(np.arange(classes)) + np.eye(classes, k=1, dtype=int))
    picture = drawn(confusion_png(matrix, [f"class $_{number}$ with a name" for number in range(classes)]))
    assert picture.std() > 5
    assert max(picture.shape) < 2000


def test_of_more_classes_than_pixels_neighbours_are_drawn_as_one() -> None:
    matrix = csr_array(([1, 2, 3], ([0, 1, 49_999], [49_999, 49_998, 0])), shape=(50_000, 50_000))
    picture = drawn(confusion_png(matrix, ["a class"] * 50_000))
    assert picture.std() > 5
    cells, together = evaluation_figures._cells(matrix)
    assert (cells.shape, together) == ((1000, 1000), 50)
    assert (cells[0, 999], cells[999, 0], cells.sum()) == (3, 3, 6)


def test_classes_without_images_do_not_break_the_picture() -> None:
    assert drawn(confusion_png(csr_array((3, 3), dtype=int), ["a", "b", "c"])).std() > 0


@pytest.mark.parametrize("confidence", [0.0, 0.5, 1.0])
def test_a_reliability_diagram_of_one_image_is_drawn(confidence: float) -> None:
    one = Predictions(np.zeros(1, np.int32), np.zeros(1, np.int32), np.array([confidence], np.float32))
    assert drawn(reliability_png(one, calibration_error(one))).std() > 5


@pytest.mark.parametrize("corruptions", [1, 3, 10])
def test_every_corruption_gets_a_panel(corruptions: int) -> None:
    errors = {f"corruption {number}": {1: 0.2, 5: 0.9} for number in range(corruptions)}
    assert drawn(robustness_png(errors, clean=0.1)).std() > 5


@pytest.mark.parametrize("last", [0.0, 0.1, 0.43, 0.95, 1.0])
def test_no_line_runs_through_the_number_at_its_end(last: float) -> None:
    steep = {1: 0.1, 2: 0.1, 3: 0.1, 4: 0.1, 5: last}
    beside = {**steep, 5: max(0.0, last - 0.07)}
    figure = robustness_figure({"blur": steep}, clean=0.1, baseline={"blur": beside})
    figure.draw_without_rendering()
    (axes,) = figure.axes
    (label,) = axes.texts
    box = label.get_window_extent()
    for line in axes.lines:
        assert not line.get_path().transformed(line.get_transform()).intersects_bbox(box, filled=False)
