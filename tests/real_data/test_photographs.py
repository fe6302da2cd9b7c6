"""Photographs of Oxford Flowers102 are read again without TensorFlow, and are those that TensorFlow reads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from api.readers.photographs.tfds_pictures import tfds_picture
from ml.data.datasets import read
from ml.data.images import decode
from tests.services.real_data import DATASET, require_real_data

pytestmark = pytest.mark.real_data


@pytest.mark.parametrize(("split", "index"), [("test", 0), ("test", 4000), ("validation", 17)])
def test_a_picture_is_the_one_that_the_network_saw(split: str, index: int) -> None:
    folder = require_real_data().tfds
    [example] = read(DATASET, split, start=index, stop=index + 1, data_dir=folder)
    data = tfds_picture(Path(folder), DATASET, split, index=index, image_id=example.image_id)
    assert data is not None
    np.testing.assert_array_equal(decode(data), example.image)
