"""A shard keeps the photographs that the report on all shards shows, and few others."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from jobs.results.record import ImageRecord, MethodRecord
from workers.kinds.explain.photographs import Photographs
from workers.kinds.explain.report.selection import select

CLASSES = 12
images = st.tuples(
    st.none() | st.integers(0, CLASSES - 1), st.integers(0, CLASSES - 1), st.integers(0, 20), st.integers(0, 20)
)  # label, prediction, confidence and delta in twentieths: many are equal
Found = tuple[int | None, int, int, int]


def recorded(found: Sequence[Found]) -> list[ImageRecord]:
    return [
        ImageRecord(
            image_id=f"image-{index}",
            index=index,
            label=label,
            prediction=prediction,
            confidence=confidence / 20,
            target=prediction,
            methods=(MethodRecord(method="integrated_gradients", values={"relative_delta": delta / 20}),),
        )
        for index, (label, prediction, confidence, delta) in enumerate(found)
    ]


def pixels(record: ImageRecord) -> np.ndarray:
    return np.full((8, 8, 3), record.index % 251, np.uint8)


def kept(records: list[ImageRecord]) -> dict[str, bytes]:
    photographs = Photographs()
    for record in records:
        photographs.add(record, pixels(record))
    return photographs.jpegs()


@settings(max_examples=40, deadline=None)
@given(st.lists(images, max_size=300), st.integers(1, 120))
def test_whatever_the_report_shows_has_a_photograph_in_its_shard(found: list[Found], shard_size: int) -> None:
    records = recorded(found)
    shards = [records[start : start + shard_size] for start in range(0, len(records), shard_size)]
    have = {image_id for shard in shards for image_id in kept(shard)}
    assert {record.image_id for record in select(records).shown()} <= have


def test_a_photograph_is_of_its_own_image() -> None:
    records = recorded([(0, 0, number % 20, number % 7) for number in range(200)])
    for image_id, jpeg in kept(records).items():
        with Image.open(io.BytesIO(jpeg)) as photograph:
            grey = np.asarray(photograph).mean()
        assert abs(grey - int(image_id.removeprefix("image-"))) < 3


def test_a_long_shard_keeps_no_more_photographs_than_a_report_shows() -> None:
    records = recorded([(0, number % CLASSES, number % 20, number % 20) for number in range(3000)])
    assert len(kept(records)) <= len(select(records).shown())
