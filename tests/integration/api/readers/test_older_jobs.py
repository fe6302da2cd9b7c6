"""Jobs that an earlier release has stored are listed, shown and searched by this one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from api.app import create_app
from dispatch.connection import Connection
from store.memory import MemoryStore
from tests.services.api_server import api_client

STORED = Path(__file__).parents[3] / "contract" / "stored"
RELEASES = sorted(path.name for path in STORED.iterdir() if path.name[0].isdigit())
"""Not ``unreleased``, which holds single documents."""


@pytest.fixture(params=RELEASES)
def http(request: pytest.FixtureRequest, connection: Connection) -> Iterator[httpx.Client]:
    """The API over a store as the release left it."""
    store, root = MemoryStore("older"), STORED / request.param
    for path in sorted(root.rglob("*")):
        if path.is_file() and path.parent != root:
            store.put(path.relative_to(root).as_posix(), path.read_bytes())
    with api_client(create_app(store=store, board=connection.board, queue=connection.queue)) as client:
        yield client


def test_every_job_is_listed_and_has_its_page(http: httpx.Client) -> None:
    listed = http.get("/v1/jobs", params={"limit": 100}).json()["items"]
    assert len(listed) == 11
    for job in listed:
        assert http.get(f"/v1/jobs/{job['id']}").json()["state"] == job["state"]
        assert http.get(f"/jobs/{job['id']}").status_code == 200, job["kind"]
    succeeded = {job["kind"] for job in listed if job["state"] == "succeeded"}
    assert succeeded == {"train", "explain", "evaluate", "preview", "sweep", "import"}


def test_results_of_an_explanation_are_found_sorted_and_filtered(http: httpx.Client) -> None:
    listed = http.get("/v1/jobs", params={"kind": "explain", "limit": 100}).json()["items"]
    job = next(job["id"] for job in listed if job["state"] == "succeeded")
    found = http.get(f"/v1/jobs/{job}/results", params={"sort": "-confidence"}).json()["items"]
    confidences = [image["confidence"] for image in found]
    assert len(confidences) == 4
    assert confidences == sorted(confidences, reverse=True)
    wrong = http.get(f"/v1/jobs/{job}/results", params={"outcome": "wrong"}).json()["items"]
    assert [image["image_id"] for image in wrong] == ["test-00003"]
    assert http.get(f"/v1/jobs/{job}/images/test-00000/gradcam.png").content.startswith(b"\x89PNG")


def test_the_page_of_an_explanation_says_that_its_maps_are_of_the_logit(http: httpx.Client) -> None:
    listed = http.get("/v1/jobs", params={"kind": "explain", "limit": 100}).json()["items"]
    job = next(job for job in listed if job["state"] == "succeeded")
    assert (job["spec"]["score"], job["spec"]["contrast"]) == ("logit", "none")
    assert "what raises the logit of" in http.get(f"/jobs/{job['id']}").text


def test_models_are_listed_and_have_their_pages(http: httpx.Client) -> None:
    models = http.get("/v1/models").json()["items"]
    assert {model["origin"] for model in models} == {"trained", "imported"}
    assert [http.get(f"/models/{model['id']}").status_code for model in models] == [200] * len(models)
