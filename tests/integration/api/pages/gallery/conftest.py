"""An explanation and an evaluation of the same images, that are over, and the API in front of them."""

from __future__ import annotations

import numpy as np
import pytest

from dispatch.job_index.entries import note_ended, note_submitted
from jobs import keys
from jobs.job import JobEnd
from store.memory import MemoryStore
from tests.integration.api.conftest import Api
from tests.services.stored_results import MadeUpImage, store_results

EXPLAINED, EVALUATED = "explained", "evaluated"
CLASSES = ("rose", "tiger lily", "tulip")
MAP = np.ones((2, 2), np.float32)


def image(number: int) -> MadeUpImage:
    """Of 60: every fifth is taken for the next class, two failed."""
    label = number % 3
    return MadeUpImage(
        image_id=f"flowers/{number:03d} & more.jpg",
        label=label,
        prediction=(label + (number % 5 == 0)) % 3,
        confidence=number / 60,
        maps={"gradcam": MAP, "layercam": MAP},
        values={"focus": number / 100},
        flags=("empty_cam",) if number % 20 == 1 else (),
        error="it is no picture" if number in {7, 8} else None,
    )


IMAGES = tuple(image(number) for number in range(60))


@pytest.fixture
def gallery(api: Api, store: MemoryStore) -> Api:
    for job in (
        store_results(store, EXPLAINED, IMAGES, classes=CLASSES, shard_size=20),
        store_results(store, EVALUATED, IMAGES, spec={"kind": "evaluate"}, classes=CLASSES, shard_size=20),
    ):
        note_submitted(job, store)
        note_ended(JobEnd.decode(store.get(keys.end(job.id))), store)
    return api
