"""The page of an image shows what its job found of it, also without scripts; what does not exist gets a clear page."""

from __future__ import annotations

import html
import io
import re

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from jobs import keys
from jobs.state import JobState
from store.memory import MemoryStore
from tests.integration.api.pages.image.made_up import BROKEN, IDS, JOB, cam, keep_features, signed, store_shown
from tests.services.stored_results import store_ended

PAGE = {"Accept": "text/html"}


@pytest.fixture(autouse=True)
def _shown(store: MemoryStore) -> None:
    store_shown(store)


def page(http: TestClient, path: str, status: int = 200) -> str:
    answer = http.get(path, headers=PAGE)
    assert answer.status_code == status, answer.text
    assert "Traceback" not in answer.text
    return str(answer.text)


def test_the_page_says_what_was_predicted_and_what_it_is(http: TestClient) -> None:
    text = page(http, f"/jobs/{JOB}/images/{IDS[0]}")
    assert re.search(r"Predicted <strong>tulip</strong> \(90.0\u00a0%\).\s+It is <strong>rose</strong>", text)


def test_every_measure_stands_there_with_its_value_and_what_it_means(http: TestClient) -> None:
    text = page(http, f"/jobs/{JOB}/images/{IDS[0]}")
    assert re.search(r"map error</th><td>0.031</td><td>0.031</td><td>low</td>", text)
    assert "Estimated error of the map" in text


def test_the_question_of_each_map_stands_below_it(http: TestClient) -> None:
    text = page(http, f"/jobs/{JOB}/images/{IDS[0]}")
    assert "GradCAM: what raises the logit of tulip" in text


def test_without_scripts_there_are_the_photograph_and_the_picture_of_each_map(http: TestClient) -> None:
    text = page(http, f"/jobs/{JOB}/images/{IDS[0]}")
    pictures = re.findall(r"<noscript><img src=\"([^\"]+)\"", text)
    photograph = re.search(r'<div class="picture"><img src="([^"]+)"', text)
    assert photograph
    assert len(pictures) == 2
    for address in (*pictures, photograph[1]):
        assert http.get(address).headers["content-type"] == "image/jpeg"


def test_each_picture_is_saved_under_a_name_that_tells_the_image(http: TestClient) -> None:
    names = [re.findall(r'download="([^"]*)"', page(http, f"/jobs/{JOB}/images/{image_id}")) for image_id in IDS[:2]]
    assert names[0] == ["0.png.jpg", "0.png.gradcam.jpg", "0.png.integrated_gradients.jpg"]
    assert not set(names[0]) & set(names[1])


def test_neighbours_lead_from_image_to_image(http: TestClient) -> None:
    first = page(http, f"/jobs/{JOB}/images/{IDS[0]}")
    assert 'data-walk="before"' not in first
    second = re.search(r'<a href="([^"]+)" rel="next"', first)
    assert second
    assert f"<h1>{IDS[1]}</h1>" in page(http, second[1])
    assert "2 of 4" in page(http, second[1])


def test_the_photograph_is_read_again_at_its_own_resolution(http: TestClient) -> None:
    text = page(http, f"/jobs/{JOB}/images/{IDS[0]}")
    assert "read again from the data set" in text
    answer = http.get(f"/v1/jobs/{JOB}/photographs/{IDS[0]}")
    assert Image.open(io.BytesIO(answer.content)).size == (120, 120)  # the model takes 32 x 32


def test_a_photograph_is_made_smaller_for_who_asks(http: TestClient) -> None:
    answer = http.get(f"/v1/jobs/{JOB}/photographs/{IDS[0]}?longest=50")
    assert Image.open(io.BytesIO(answer.content)).size == (50, 50)
    assert http.get(f"/v1/jobs/{JOB}/photographs/{IDS[0]}?longest=5000").status_code == 422


def test_the_images_that_look_most_like_it_to_the_model_lead_to_their_pages(
    http: TestClient, store: MemoryStore
) -> None:
    keep_features(store, JOB, {IDS[0]: [1.0, 0.0], IDS[1]: [0.0, 1.0], IDS[2]: [3.0, 4.0]})
    text = page(http, f"/jobs/{JOB}/images/{IDS[0]}")
    near = re.findall(r"<figcaption>([^<]+), ([\d.]+)</figcaption>", text)
    assert near == [(IDS[2], "0.6"), (IDS[1], "0")]
    assert "Of the 2 other images of its shard" in text


def test_images_without_a_photograph_are_shown_by_what_there_is_of_them(http: TestClient, store: MemoryStore) -> None:
    keep_features(store, JOB, {IDS[0]: [1.0, 0.0], IDS[1]: [0.0, 1.0], IDS[2]: [3.0, 4.0]})
    for image_id in IDS[:2]:
        store.delete(f"datasets/garden/{image_id}")
    section = page(http, f"/jobs/{JOB}/images/{IDS[0]}").partition('id="nearest"')[2].partition("</section>")[0]
    pictures = [html.unescape(each) for each in re.findall(r'<img src="([^"]+)"', section)]
    assert "/photographs/" in pictures[0]
    assert not any("/photographs/" in each for each in pictures[1:])
    assert [http.get(address).status_code for address in pictures] == [200] * len(pictures)


def test_a_photograph_that_is_gone_is_told(http: TestClient, store: MemoryStore) -> None:
    store.delete(f"datasets/garden/{IDS[0]}")
    assert "There is no photograph" in page(http, f"/jobs/{JOB}/images/{IDS[0]}")
    assert http.get(f"/v1/jobs/{JOB}/photographs/{IDS[0]}").status_code == 404


def test_an_image_that_failed_says_why(http: TestClient) -> None:
    text = page(http, f"/jobs/{JOB}/images/{BROKEN}")
    assert "cannot decode 3 bytes as a picture" in text
    assert "data-toolbar" not in text


@pytest.mark.parametrize("number", range(len(IDS)))
def test_raw_maps_come_as_half_floats_with_shape_and_scale(http: TestClient, number: int) -> None:
    for method, expected in (("gradcam", cam(number)), ("integrated_gradients", signed(number))):
        answer = http.get(f"/v1/jobs/{JOB}/maps/{IDS[number].replace('?', '%3F')}/{method}.f16")
        shape = tuple(map(int, answer.headers["Florescope-Shape"].split(",")))
        found = np.frombuffer(answer.content, "<f2").reshape(shape) * float(answer.headers["Florescope-Scale"])
        np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-6)
        assert "immutable" in answer.headers["Cache-Control"]
        again = http.get(str(answer.request.url), headers={"If-None-Match": answer.headers["ETag"]})
        assert again.status_code == 304


def test_a_raw_map_is_saved_as_a_numpy_file(http: TestClient) -> None:
    answer = http.get(f"/v1/jobs/{JOB}/maps/{IDS[0]}/gradcam.npy")
    np.testing.assert_allclose(np.load(io.BytesIO(answer.content)), cam(0), rtol=1e-3)
    assert "0.png.gradcam.npy" in answer.headers["Content-Disposition"]


@pytest.mark.parametrize(
    "image_id", ["nothing.png", "../../spec.json", "..%2F..%2Fspec.json", "%ED%A0%80", "%00", "a" * 3000, "'; DROP"]
)
def test_an_image_that_does_not_exist_is_not_found(http: TestClient, image_id: str) -> None:
    for path in (f"/jobs/{JOB}/images/{image_id}", f"/v1/jobs/{JOB}/photographs/{image_id}"):
        answer = http.get(path, headers=PAGE)
        assert answer.status_code == 404, path
        assert "Traceback" not in answer.text
    assert http.get(f"/v1/jobs/{JOB}/maps/{image_id}/gradcam.f16").status_code == 404


def test_a_map_that_was_not_made_is_not_found(http: TestClient) -> None:
    answer = http.get(f"/v1/jobs/{JOB}/maps/{IDS[0]}/layercam.f16")
    assert answer.status_code == 404
    assert "no raw map by 'layercam'" in answer.json()["detail"]


def test_a_job_of_another_kind_says_which_kinds_have_images(http: TestClient, store: MemoryStore) -> None:
    store_ended(store, "trained", {"kind": "preview", "dataset": "synthetic_flowers"}, JobState.SUCCEEDED)
    assert "jobs of kind explain, evaluate, audit and compare" in page(http, "/jobs/trained/images/0.png", 404)


def test_a_job_that_runs_says_that_it_has_not_come_there(http: TestClient, store: MemoryStore) -> None:
    store.delete(keys.end(JOB))
    assert "still runs" in page(http, f"/jobs/{JOB}/images/later.png", 404)
    assert IDS[0] in page(http, f"/jobs/{JOB}/images/{IDS[0]}")


def test_a_job_that_does_not_exist_is_not_found(http: TestClient) -> None:
    assert "nowhere" in page(http, "/jobs/nowhere/images/0.png", 404)


def test_damaged_raw_maps_are_told_and_the_page_still_stands(http: TestClient, store: MemoryStore) -> None:
    key = next(info.key for info in store.list(f"jobs/{JOB}/attempts/") if info.key.endswith("gradcam.npz"))
    store.put(key, b"no archive")
    assert http.get(f"/v1/jobs/{JOB}/maps/{IDS[0]}/gradcam.f16").status_code == 409
    assert IDS[0] in page(http, f"/jobs/{JOB}/images/{IDS[0]}")


@pytest.mark.parametrize("data", [None, b"no archive"])
def test_features_that_are_gone_or_damaged_cost_only_what_they_are_for(
    http: TestClient, store: MemoryStore, data: bytes | None
) -> None:
    keep_features(store, JOB, {IDS[0]: [1.0, 0.0], IDS[1]: [0.0, 1.0]})
    key = next(info.key for info in store.list(f"jobs/{JOB}/attempts/") if info.key.endswith("features.npz"))
    store.delete(key)
    if data is not None:
        store.put(key, data)
    text = page(http, f"/jobs/{JOB}/images/{IDS[0]}")
    assert IDS[0] in text
    assert "What looks most like it" not in text
