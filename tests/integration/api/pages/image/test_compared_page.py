"""The page of an image of a comparison: both jobs side by side, and lists that can be walked."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from store.memory import MemoryStore
from tests.integration.api.pages.image.made_up import IDS, store_compared

PAGE = {"Accept": "text/html"}


@pytest.fixture(autouse=True)
def _compared(store: MemoryStore) -> None:
    store_compared(store)


def page(http: TestClient, path: str, status: int = 200) -> str:
    answer = http.get(path, headers=PAGE)
    assert answer.status_code == status, answer.text
    return str(answer.text)


def test_both_jobs_stand_side_by_side(http: TestClient) -> None:
    text = page(http, f"/jobs/both/images/{IDS[0]}")
    assert re.findall(r'data-key="gradcam" data-side="(\w+)"', text) == ["first", "second"]
    assert re.search(r"/v1/jobs/one/maps/\S+gradcam.f16", text)
    assert re.search(r"/v1/jobs/other/maps/\S+gradcam.f16", text)
    assert text.count("Predicted <strong>") == 2


def test_fixed_images_are_walked_the_surest_mistake_of_the_first_job_first(http: TestClient) -> None:
    text = page(http, f"/jobs/both/images/{IDS[0]}?list=fixed")
    assert "1 of 2" in text
    following = re.search(r'<a href="([^"]+)" rel="next"', text)
    assert following
    assert f"<h1>{IDS[1]}</h1>" in page(http, following[1])
    assert "?list=fixed" in following[1]


def test_the_least_alike_maps_come_first_in_their_list(http: TestClient) -> None:
    text = page(http, f"/jobs/both/images/{quote(IDS[2])}?list=least-alike")
    assert "1 of 3" in text
    assert "gradcam -1" in text


def test_each_list_tells_how_many_images_it_holds(http: TestClient) -> None:
    text = page(http, f"/jobs/both/images/{IDS[0]}")
    assert "fixed (2)" in text
    assert "all images of both (3)" in text
    assert "broken (" not in text


def test_an_image_that_a_list_does_not_hold_is_not_found(http: TestClient) -> None:
    assert "does not hold" in page(http, f"/jobs/both/images/{IDS[0]}?list=broken", 404)
    assert "does not hold" in page(http, "/jobs/both/images/nothing.png", 404)


@pytest.mark.parametrize(
    ("path", "word"),
    [
        (f"/jobs/both/images/{IDS[0]}?list=nonsense", "list"),
        (f"/jobs/both/images/{IDS[0]}?outcome=wrong", "no filters"),
        (f"/jobs/one/images/{IDS[0]}?list=broken", "only comparisons"),
    ],
)
def test_lists_and_filters_that_do_not_belong_here_are_refused(http: TestClient, path: str, word: str) -> None:
    assert word in page(http, path, 422)


def test_the_page_of_the_comparison_leads_to_its_lists(http: TestClient) -> None:
    assert f'href="/jobs/both/images/{IDS[0]}?list=fixed"' in page(http, "/jobs/both")


def test_a_comparison_that_has_compared_nothing_says_so(http: TestClient, store: MemoryStore) -> None:
    store.delete("jobs/both/reports/compare.json")
    assert "has compared no images so far" in page(http, f"/jobs/both/images/{IDS[0]}", 404)


def test_a_job_that_was_deleted_is_told(http: TestClient, store: MemoryStore) -> None:
    store.delete("jobs/one/spec.json")
    assert "one" in page(http, f"/jobs/both/images/{IDS[0]}", 404)
