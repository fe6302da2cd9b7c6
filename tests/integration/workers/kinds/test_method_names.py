"""A name with signs in it, ``gradcam++``, wherever it stands: objects, addresses, columns, files and pages."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import numpy as np
import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from jobs import keys
from tests.integration.workers.conftest import submit_explanation
from tests.services.gathered import stored_report
from workers.lifecycle.run_step import run_step
from workers.step.services import Services

NAME, WRITTEN = "gradcam++", "gradcam%2B%2B"
FIRST = "shard-00000"


@dataclass(frozen=True)
class Made:
    """A job by the method, finished, and the API that serves it."""

    services: Services
    job_id: str
    http: TestClient

    @property
    def here(self) -> str:
        return f"/v1/jobs/{self.job_id}"


@pytest.fixture
def made(services: Services) -> Made:
    job_id = submit_explanation(services, methods=["gradcam", NAME], split="test[0:4]", target="top:2", contrast="none")
    for step in ("plan", FIRST, "finalize"):
        run_step(job_id, step, services)
    return Made(
        services,
        job_id,
        TestClient(create_app(store=services.store, board=services.board, queue=services.queue)),
    )


def test_every_place_has_the_name(made: Made) -> None:
    results = made.http.get(f"{made.here}/results", params={"sort": "-focus", "method": NAME}).json()["items"]

    # Addresses: the links of the API are written with %2B, a plain + in the path means itself, and both lead there.
    for item in results:
        target = item["methods"][-1]["target"]
        assert set(item["links"]) >= {NAME, f"{NAME}:{target}"}
        assert f"/{WRITTEN}.jpg" in item["links"][NAME]
        assert f"/{WRITTEN}%3A{target}.jpg" in item["links"][f"{NAME}:{target}"]
        for link in item["links"].values():
            assert made.http.get(link).content.startswith(b"\xff\xd8")
        assert made.http.get(f"{made.here}/images/{quote(item['image_id'])}/{NAME}.jpg").status_code == 200

    # Orders: by the column of this method alone.
    def focus(item: Any) -> float:
        return next(float(each["values"]["focus"]) for each in item["methods"] if each["method"] == NAME)

    assert [focus(item) for item in results] == sorted(map(focus, results), reverse=True)
    assert made.http.get(f"{made.here}/results?sort=-focus&method={WRITTEN}").json()["items"] == results

    # Objects and files.
    report = stored_report(made.services.store, made.job_id, FIRST)
    assert report.records[0].methods[2].overlay is not None
    assert f"/{NAME}/" in report.records[0].methods[2].overlay.key
    files = {item["name"]: item for item in made.http.get(f"{made.here}/artifacts").json()["items"]}
    packed = made.http.get(files[f"{FIRST}/{NAME}.npz"]["links"]["self"])
    with np.load(io.BytesIO(packed.content)) as arrays:
        assert arrays["maps"].shape[0] == 8

    # Columns.
    rows = pq.read_table(io.BytesIO(made.services.store.get(keys.file(made.job_id, "results.parquet"))))
    assert rows.column("method").to_pylist()[:4] == ["gradcam", "gradcam", NAME, NAME]
    images = pq.read_table(io.BytesIO(made.services.store.get(keys.file(made.job_id, "images.parquet"))))
    assert f"{NAME}.focus" in images.schema.names

    # Pages.
    assert "GradCAM++" in made.http.get(f"/jobs/{made.job_id}").text
    assert "GradCAM++" in made.http.get(f"/jobs/{made.job_id}/report").text


def test_a_plus_that_an_address_took_for_a_blank_is_refused_with_how_to_write_it(made: Made) -> None:
    answer = made.http.get(f"{made.here}/results?sort=-focus&method={NAME}")
    assert answer.status_code == 422
    assert "+ is written %2B" in answer.json()["detail"]


def test_a_method_that_the_job_did_not_ask_for_is_refused_with_those_it_did(made: Made) -> None:
    answer = made.http.get(f"{made.here}/results", params={"method": "layercam"})
    assert answer.status_code == 422
    assert "has no maps by 'layercam': there are maps by gradcam, gradcam++" in answer.json()["detail"]
