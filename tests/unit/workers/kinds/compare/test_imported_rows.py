"""A comparison reads nothing outside of the jobs that it compares, whatever the rows of an imported one name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from jobs.models.artifact import Artifact
from jobs.results.record import ImageRecord
from store.memory import MemoryStore
from tests.services.stored_results import MadeUpImage, change_rows, store_results
from workers.inputs.job_results import job_results
from workers.kinds.compare.differing_images import differing_images
from workers.kinds.compare.joined_images import JoinedImages
from workers.kinds.compare.map_places import map_places
from workers.kinds.compare.side import Side
from workers.kinds.compare.two_sides import TwoSides
from workers.tables.gathered_images import gathered_images

MAP = np.ones((2, 2), np.float32)
OUTSIDE = "jobs/another/attempts/shard-00000/one/gradcam.npz"


def foreign(rows: pa.Table) -> pa.Table:
    """The rows with pictures and raw maps that lie outside of the job."""
    return pa.Table.from_pylist([_foreign(row) for row in rows.to_pylist()], schema=rows.schema)


def _foreign(row: dict[str, Any]) -> dict[str, Any]:
    record = ImageRecord.decode(row["record"].encode())
    picture = Artifact(name="a.jpg/gradcam.jpg", key=OUTSIDE, size=1, sha256="0" * 64)
    methods = tuple(each.model_copy(update={"overlay": picture}) for each in record.methods)
    told = record.model_copy(update={"methods": methods}).model_dump_json()
    return {**row, "record": told, "maps": [{**each, "raw_key": OUTSIDE} for each in row["maps"]]}


@pytest.fixture
def sides() -> Iterator[TwoSides]:
    """Of one image, which the first job calls right and the second one, which is imported, wrong."""
    store = MemoryStore("compared")
    with ExitStack() as stack:
        found = []
        for job_id, prediction in (("first", 0), ("second", 1)):
            image = MadeUpImage("a.jpg", label=0, prediction=prediction, maps={"gradcam": MAP})
            job = store_results(store, job_id, [image])
            if job_id == "second":
                change_rows(store, job_id, foreign)
            results = job_results(job, store)
            images = gathered_images(job, results.plan, results.reports, store, check=lambda: None)
            found.append(Side(results, stack.enter_context(images), np.array([0])))
        nothing = np.array([], np.int64)
        first, second = found
        yield TwoSides(first, second, JoinedImages(np.array([0]), np.array([0]), nothing, nothing))


def test_a_picture_that_lies_outside_of_its_job_is_not_there(sides: TwoSides) -> None:
    ours, theirs = differing_images(sides, ()).records["a.jpg"]
    assert [each.raw_row for each in (*ours.methods, *theirs.methods)] == [0, 0]
    assert [each.overlay for each in theirs.methods] == [None]


def test_neither_are_raw_maps(sides: TwoSides) -> None:
    assert [map_places(side, "gradcam").kept.tolist() for side in (sides.first, sides.second)] == [[True], [False]]
    assert map_places(sides.second, "gradcam").keys == ()
