"""The tables of an imported job are somebody else's: nothing that stands in them is run, or leads out of the job."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jobs import keys
from jobs.plan import Plan
from tests.integration.api.conftest import Api
from tests.integration.api.housekeeping.test_job_file import exported, removed, repacked
from tests.services.stored_results import MadeUpImage, store_results
from workers.tables.image_part import encode_part

JOB = "0123456789abcdefghjkmnpqrs"
IMAGE = MadeUpImage("a.jpg", maps={"gradcam": np.ones((2, 2), np.float32)}, values={"focus": 0.5})


def imported(api: Api, change: Callable[[pa.Table], pa.Table]) -> None:
    """Import an explanation of which the rows of images were changed."""
    store_results(api.store, JOB, [IMAGE])
    plan = Plan.decode(api.store.get(keys.plan(JOB)))
    api.store.put(keys.plan(JOB), plan.model_copy(update={"model": None}).encode())
    file = exported(api, JOB)
    removed(api, JOB)

    def changed(members: dict[str, bytes]) -> None:
        for name, data in members.items():
            if name.endswith(".parquet"):
                members[name] = encode_part(change(pq.read_table(io.BytesIO(data))))

    answer = api.http.post("/v1/jobs:import", content=repacked(file, changed))
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
