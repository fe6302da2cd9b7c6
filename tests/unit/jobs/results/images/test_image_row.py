"""The columns of an image's row: which of its maps speak for it."""

from __future__ import annotations

import math

from jobs.results.columns import Cell
from jobs.results.images.image_row import image_row
from jobs.results.record import ImageRecord, MethodRecord


def row(*maps: MethodRecord) -> dict[str, Cell]:
    record = ImageRecord(image_id="a", index=0, label=0, prediction=1, methods=maps)
    return image_row(record, step="shard-00000", code_version=None)


def gradcam(*, rank: int = 1, contrast: bool = False, **values: float | None) -> MethodRecord:
    return MethodRecord(method="gradcam", rank=rank, contrast=contrast, values=values)


def test_the_contrast_does_not_stand_in_where_the_map_that_was_asked_for_is_empty() -> None:
    found = row(gradcam(focus=None, energy_in_mask=None), gradcam(focus=0.4, energy_in_mask=0.9, contrast=True))
    assert "gradcam.focus" not in found
    assert "gradcam.energy_in_mask" not in found


def test_the_map_of_a_further_class_does_not_stand_in_for_an_empty_one() -> None:
    assert "gradcam.focus" not in row(gradcam(focus=None), gradcam(focus=0.4, rank=2))


def test_the_first_map_that_was_measured_counts() -> None:
    assert row(gradcam(), gradcam(focus=0.4, rank=2), gradcam(focus=0.5, rank=3))["gradcam.focus"] == 0.4


def test_the_first_map_counts_by_its_relative_delta_where_no_other_was_recorded() -> None:
    first = MethodRecord(method="integrated_gradients", values={"relative_delta": None})
    second = MethodRecord(method="integrated_gradients", rank=2, values={"relative_delta": 0.1})
    assert row(first, second)["integrated_gradients.judged_delta"] == math.inf
