"""Results of images in the formats of other programs."""

from __future__ import annotations

import base64
import io
import json
import zlib
from itertools import count
from typing import Any

import numpy as np
import pytest

from api.readers.images.result_query import FoundImage, ResultQuery, ResultReader
from tests.integration.api.conftest import Api
from tests.services.stored_results import CLASSES, MadeUpImage, store_results

MAP = np.zeros((4, 4), np.float32)
MAP[1, 2] = 2.0
IMAGES = [
    MadeUpImage("a.jpg", label=1, prediction=1, confidence=0.75, maps={"gradcam": MAP}, values={"focus": 0.5}),
    MadeUpImage("b", label=None, prediction=2, confidence=0.5, maps={"gradcam": -MAP}, flags=("empty_cam",)),
    MadeUpImage("c.png", label=0, error="it is torn"),
    *(MadeUpImage(f"{number}.jpg", maps={"gradcam": MAP}) for number in range(300)),
]


@pytest.fixture
def job_id(api: Api) -> str:
    store_results(api.store, "j1", IMAGES, shard_size=128)
    return "j1"


def test_coco_has_every_image_every_class_and_every_prediction(api: Api, job_id: str) -> None:
    answer = api.http.get(f"/v1/jobs/{job_id}/results/coco")
    assert answer.headers["content-type"] == "application/json"
    found = answer.json()
    assert [each["name"] for each in found["categories"]] == list(CLASSES)
    assert [each["file_name"] for each in found["images"]] == [image.image_id for image in IMAGES]
    first, second, torn = found["images"][:3]
    assert (first["label"], first["width"], first["height"], first["outcome"]) == (1, 32, 32, "correct")
    assert "label" not in second
    assert torn["error"] == "it is torn"
    predictions = {each["image_id"]: each for each in found["annotations"]}
    assert set(predictions) == {each["id"] for each in found["images"]} - {torn["id"]}
    assert predictions[0]["id"] == 1
    assert (predictions[0]["category_id"], predictions[0]["score"]) == (1, 0.75)


def test_each_prediction_has_its_image_while_the_job_goes_on(
    api: Api, job_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, asked = ResultReader.page, count(1)

    def growing(reader: ResultReader, job_id: str, query: ResultQuery) -> tuple[list[FoundImage], None]:
        return page(reader, job_id, query)[0][: next(asked)], None

    monkeypatch.setattr(ResultReader, "page", growing)
    found = api.http.get(f"/v1/jobs/{job_id}/results/coco").json()
    assert [each["image_id"] for each in found["annotations"]] == [0]
    assert [each["id"] for each in found["images"]] == [0, 1]


def test_the_region_of_a_prediction_is_where_its_map_is_strong(api: Api, job_id: str) -> None:
    strong, negative = api.http.get(f"/v1/jobs/{job_id}/results/coco").json()["annotations"][:2]
    code = strong["segmentation"]
    pixels = np.repeat(np.arange(len(code["counts"])) % 2 == 1, code["counts"]).reshape(code["size"], order="F")
    assert pixels[12, 20]  # in the middle of the cell
    assert not pixels[28, 4]
    assert pixels.sum() == strong["area"]
    left, top, width, height = strong["bbox"]
    assert pixels[top : top + height, left : left + width].sum() == strong["area"]
    assert "segmentation" not in negative
    assert negative["attributes"] == {"method": "gradcam", "flags": ["empty_cam"]}


def array(label: dict[str, Any]) -> np.ndarray[Any, np.dtype[Any]]:
    """As ``fiftyone.core.utils.deserialize_numpy_array`` does it."""
    packed = base64.b64decode(label["map"]["$binary"]["base64"])
    return np.asarray(np.load(io.BytesIO(zlib.decompress(packed))))


def test_samples_of_fiftyone_have_classes_maps_and_measures(api: Api, job_id: str) -> None:
    samples = api.http.get(f"/v1/jobs/{job_id}/results/fiftyone").json()["samples"]
    assert [sample["image_id"] for sample in samples] == [image.image_id for image in IMAGES]
    first, second, torn = samples[:3]
    assert (first["filepath"], first["tags"], first["_media_type"]) == ("data/a.jpg", ["correct"], "image")
    assert (first["ground_truth"]["_cls"], first["ground_truth"]["label"]) == ("Classification", "tulip")
    assert (first["prediction"]["label"], first["prediction"]["confidence"]) == ("tulip", 0.75)
    assert first["gradcam_focus"] == 0.5
    np.testing.assert_allclose(array(first["gradcam"]), MAP)
    assert first["gradcam"]["range"] == [0.0, 2.0]
    assert second["gradcam"]["range"] == [-2.0, 2.0]
    assert second["gradcam_flags"] == ["empty_cam"]
    assert "ground_truth" not in second
    assert (torn["error"], "prediction" in torn) == ("it is torn", False)


def test_pictures_may_lie_anywhere_and_maps_may_stay_away(api: Api, job_id: str) -> None:
    ask = f"/v1/jobs/{job_id}/results/fiftyone"
    sample = api.http.get(ask, params={"pictures": "/srv/flowers/", "maps": "false"}).json()["samples"][1]
    assert (sample["filepath"], "gradcam" in sample) == ("/srv/flowers/b", False)
    photographs = api.http.get(ask, params={"photographs": "true"}).json()["samples"]
    assert [sample["filepath"] for sample in photographs[:3]] == ["data/a.jpg", "data/b.jpg", "data/c.png.jpg"]


@pytest.mark.parametrize(("form", "key"), [("coco", "annotations"), ("fiftyone", "samples")])
def test_filters_are_those_of_the_list(api: Api, job_id: str, form: str, key: str) -> None:
    found = json.loads(api.http.get(f"/v1/jobs/{job_id}/results/{form}", params={"label": "tulip"}).text)
    assert len(found[key]) == 1


def test_a_job_without_images_says_so(api: Api) -> None:
    answer = api.http.get(f"/v1/jobs/{api.submit()}/results/coco")
    assert answer.status_code == 404
    assert "no results of images" in answer.json()["detail"]
