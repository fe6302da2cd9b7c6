"""The tables of an imported job are somebody else's: nothing that stands in them is run, or leads out of the job."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from jobs import keys
from jobs.identity import identity_keys
from jobs.models.artifact import Artifact
from jobs.plan import Plan
from jobs.results.record import ImageRecord
from tests.integration.api.conftest import Api, assert_problem
from tests.integration.api.housekeeping.test_job_file import exported, removed
from tests.services.stored_results import MadeUpImage, change_rows, store_results

JOB = "0123456789abcdefghjkmnpqrs"
IMAGE = MadeUpImage("a.jpg", maps={"gradcam": np.ones((2, 2), np.float32)}, values={"focus": 0.5})
SECRET = b"what sessions are signed by"


def imported(api: Api, change: Callable[[pa.Table], pa.Table]) -> None:
    """Import an explanation of which the rows of images were changed."""
    store_results(api.store, JOB, [IMAGE])
    plan = Plan.decode(api.store.get(keys.plan(JOB)))
    api.store.put(keys.plan(JOB), plan.model_copy(update={"model": None}).encode())
    change_rows(api.store, JOB, change)
    file = exported(api, JOB)
    removed(api, JOB)
    answer = api.http.post("/v1/jobs:import", content=file)
    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize("query", ["", "?sort=focus", "?range=focus:0.1.."])
def test_the_name_of_a_column_runs_nothing(api: Api, tmp_path: Path, query: str) -> None:
    made = tmp_path / "made"
    name = f"x\") FROM (SELECT 1 AS x) t; COPY (SELECT 42) TO '{made}'; SELECT count(\"x.focus"
    imported(api, lambda rows: rows.append_column(name, pa.array([1.0])))
    for address in (f"/jobs/{JOB}", f"/jobs/{JOB}/images{query}", f"/v1/jobs/{JOB}/results{query}"):
        answer = api.http.get(address)
        assert answer.status_code == 200, answer.text
    assert not made.exists()


def pictured(key: str) -> Callable[[pa.Table], pa.Table]:
    """A change after which an object is said to be the picture of a map of which no raw values are kept."""
    picture = Artifact(name="a.jpg/gradcam.jpg", key=key, size=len(SECRET), sha256="0" * 64, content_type="image/jpeg")

    def change(rows: pa.Table) -> pa.Table:
        record = ImageRecord.decode(rows.column("record")[0].as_py().encode())
        (map_,) = record.methods
        told = record.model_copy(update={"methods": (map_.model_copy(update={"overlay": picture, "raw_row": None}),)})
        return rows.set_column(rows.schema.get_field_index("record"), "record", pa.array([told.encode().decode()]))

    return change


@pytest.mark.parametrize("query", ["", "?step=shard-00000", "?direct=true"])
def test_no_record_makes_another_object_a_picture(api: Api, query: str) -> None:
    api.store.put(identity_keys.SESSION_SECRET, SECRET)
    imported(api, pictured(identity_keys.SESSION_SECRET))
    for form in ("jpg", "png"):
        assert_problem(api.http.get(f"/v1/jobs/{JOB}/images/a.jpg/gradcam.{form}{query}"), 404)
    assert_problem(api.http.get(f"/v1/jobs/{JOB}/artifacts/a.jpg/gradcam.jpg{query}"), 404)
    (item,) = api.http.get(f"/v1/jobs/{JOB}/results").json()["items"]
    assert item["links"] == {}
    assert item["methods"][0]["overlay"] is None
    assert api.http.get(f"/jobs/{JOB}/images/a.jpg").status_code == 200


def test_a_picture_of_the_job_itself_is_given(api: Api) -> None:
    key = keys.attempt(JOB, "shard-00000", "one") + "gradcam.jpg"
    api.store.put(key, SECRET)
    imported(api, pictured(key))
    assert api.http.get(f"/v1/jobs/{JOB}/images/a.jpg/gradcam.jpg").content == SECRET
