"""The corruptions on real photographs."""

from __future__ import annotations

import numpy as np
import pytest

from ml.data.datasets import read
from ml.data.images import resize
from ml.evaluation.corruptions.subject import Subject
from ml.evaluation.corruptions.table import CORRUPTIONS, prepare_corruption
from tests.services.real_data import require_real_data

SIDE = 160


@pytest.fixture(scope="module")
def photographs() -> list[tuple[str, Subject]]:
    rows, columns = np.mgrid[:SIDE, :SIDE]
    middle = (rows - SIDE / 2) ** 2 + (columns - SIDE / 2) ** 2 < (SIDE / 3) ** 2
    examples = list(read("oxford_flowers102", "test", start=0, stop=24, data_dir=require_real_data().tfds))
    return [(each.image_id, Subject(resize(each.image, SIDE), middle)) for each in examples if each.image is not None]


@pytest.mark.real_data
@pytest.mark.parametrize("name", CORRUPTIONS)
def test_photographs_move_away_from_themselves_step_by_step(name: str, photographs: list[tuple[str, Subject]]) -> None:
    distances = []
    for image_id, subject in photographs:
        at = prepare_corruption(name, subject, seed=0, image_id=image_id)
        distances.append([np.abs(at(severity).image.astype(float) - subject.image).mean() for severity in range(6)])
    assert (np.diff(np.mean(distances, axis=0)) > 0).all()
