"""A job of made-up images whose maps and photographs tests can check by value."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from jobs import keys
from jobs.listings.image_listing import ImageListing, ListedImage
from jobs.results.comparison.document import DOCUMENT, TABLE, ComparedJob, Comparison
from jobs.results.report import Report
from jobs.state import JobState
from store.base import ObjectStore
from tests.services.stored_results import START, MadeUpImage, Map, put_artifact, store_ended, store_results

JOB = "shown"
IDS = ("rose/0.png", "rose/1.png", "tulip/ä ö?.png")
BROKEN = "rose/broken.png"
DATASET = "store:datasets/garden"


def cam(seed: int) -> Map:
    """A map as GradCAM's: small, never below zero."""
    return np.random.default_rng(seed).random((7, 7), np.float32) * np.float32(3)


def signed(seed: int) -> Map:
    """A map as that of Integrated Gradients: of pixels, of both signs."""
    return np.random.default_rng(seed).standard_normal((64, 64), np.float32) / np.float32(100)


def picture(seed: int) -> bytes:
    """A photograph (PNG), wider than high."""
    pixels = np.random.default_rng(seed).integers(0, 255, (9, 12, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).resize((160, 120)).save(buffer, "PNG")
    return buffer.getvalue()


def store_shown(store: ObjectStore, job_id: str = JOB, *, wrong: int = 1) -> None:
    """Three images with two maps each and one that failed; ``wrong`` of them are predicted wrong."""
    images = [
        MadeUpImage(
            image_id,
            label=0,
            prediction=int(place < wrong),
            confidence=0.9 - place / 10,
            maps={"gradcam": cam(place), "integrated_gradients": signed(place)},
            values={"focus": 0.25, "map_error": 0.031},
        )
        for place, image_id in enumerate(IDS)
    ]
    images.append(MadeUpImage(BROKEN, error="cannot decode 3 bytes as a picture"))
    store_results(store, job_id, images, spec={"dataset": DATASET})
    pictures = {image_id: picture(place) for place, image_id in enumerate(IDS)}
    for image_id, data in pictures.items():
        store.put(f"datasets/garden/{image_id}", data)
    listed = tuple(ListedImage(path=image_id, size=len(data)) for image_id, data in pictures.items())
    store.put(keys.listing(job_id), ImageListing(dataset=DATASET, images=listed).encode())


def store_compared(store: ObjectStore) -> None:
    """Two jobs, ``one`` and ``other``, and their comparison ``both``: the first two images are fixed."""
    store_shown(store, "one", wrong=2)
    store_shown(store, "other", wrong=0)
    store_ended(store, "both", {"kind": "compare", "first": "job:one", "second": "job:other"}, JobState.SUCCEEDED)
    columns = {
        "image_id": list(IDS),
        "first_confidence": [0.9, 0.8, 0.7],
        "second_confidence": [0.9, 0.8, 0.7],
        "change": ["fixed", "fixed", "both"],
        "gradcam.spearman": [1.0, None, -1.0],
        "integrated_gradients.spearman": [0.5, 0.25, None],
    }
    table = io.BytesIO()
    pq.write_table(pa.table(columns), table)
    comparison = Comparison(
        job_id="both",
        kind="explain",
        dataset=DATASET,
        first=ComparedJob(job_id="one", images=4, failed=1),
        second=ComparedJob(job_id="other", images=4, failed=1),
        images=4,
        compared=3,
        only_first=0,
        only_second=0,
    )
    prefix = keys.attempt("both", "compare", "one")
    report = Report(
        job_id="both",
        step="compare",
        attempt="one",
        worker="test",
        started_at=START,
        finished_at=START,
        artifacts=(
            put_artifact(store, prefix, DOCUMENT, comparison.encode(), "application/json"),
            put_artifact(store, prefix, TABLE, table.getvalue(), "application/octet-stream"),
        ),
    )
    store.put(keys.report("both", "compare"), report.encode())


def keep_features(store: ObjectStore, job_id: str, features: Mapping[str, Sequence[float]]) -> None:
    """Have the first shard of a job keep these pooled features, by image id."""
    buffer, step = io.BytesIO(), "shard-00000"
    np.savez(buffer, features=np.array(list(features.values()), np.float16), image_ids=np.array(list(features)))
    prefix = keys.attempt(job_id, step, "one")
    file = put_artifact(store, prefix, f"{step}/features.npz", buffer.getvalue(), "application/zip")
    report = Report.decode(store.get(keys.report(job_id, step)))
    store.put(keys.report(job_id, step), report.model_copy(update={"artifacts": (*report.artifacts, file)}).encode())
