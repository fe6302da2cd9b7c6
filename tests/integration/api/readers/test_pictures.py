"""Pictures of maps: as they are stored, in the other form, and drawn where only raw maps were kept."""

from __future__ import annotations

import html
import io
import json
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from api.app import create_app
from api.readers.pictures.raw_map_reader import RawMapReader
from drawing.encoding import jpeg
from drawing.overlay import map_alone, overlay
from jobs import keys
from jobs.listings.image_listing import ImageListing, ListedImage
from jobs.models.artifact import GALLERY, Artifact
from jobs.names.file_name import legal_name
from jobs.plan import Plan, Shard
from jobs.results.record import ImageRecord, MethodRecord
from jobs.results.report import Report
from ml.figures.gallery import Gallery, small_jpeg
from tests.integration.api.conftest import START, Api
from tests.integration.api.readers.test_results import submitted
from tests.services.stored_results import made_up_model
from workers.kinds.explain.raw_maps import RawMaps

STEP = "shard-00000"
RNG = np.random.default_rng(5)
PHOTO = np.asarray(
    Image.fromarray(RNG.integers(0, 256, (8, 8, 3), dtype=np.uint8)).resize((224, 224), Image.Resampling.BICUBIC)
)
CAM = RNG.random((7, 7), np.float32)
SIGNED = RNG.normal(size=(64, 64)).astype(np.float32)
METHODS = {"gradcam": CAM, "integrated_gradients": SIGNED}


def png(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def opened(data: bytes) -> tuple[str, np.ndarray]:
    with Image.open(io.BytesIO(data)) as picture:
        return str(picture.format), np.asarray(picture.convert("RGB")).astype(int)


def stored(api: Api, job_id: str, name: str, data: bytes, *, content_type: str = "application/zip") -> Artifact:
    info = api.store.put(keys.attempt(job_id, STEP, "a") + name, data)
    return Artifact(name=name, key=info.key, size=info.size, sha256=info.sha256 or "", content_type=content_type)


def committed(api: Api, job_id: str, *records: ImageRecord, artifacts: tuple[Artifact, ...] = ()) -> str:
    report = Report(
        job_id=job_id,
        step=STEP,
        attempt="a",
        worker="w",
        started_at=START,
        finished_at=START,
        records=records,
        artifacts=artifacts,
    )
    api.store.put(keys.report(job_id, STEP), report.encode())
    return job_id


def record(image_id: str, index: int, *methods: MethodRecord) -> ImageRecord:
    return ImageRecord(image_id=image_id, index=index, label=1, prediction=1, confidence=0.5, methods=methods)


@pytest.fixture
def raw_only(api: Api, rose: str) -> str:
    """Two images whose raw maps were kept, and a photograph of the first."""
    job_id = submitted(api, rose)
    gallery, artifacts = Gallery(), list[Artifact]()
    gallery.photos["a b.jpg"] = small_jpeg(Image.fromarray(PHOTO))
    for method, heatmap in METHODS.items():
        maps = RawMaps()
        maps.add("other.jpg", 1, np.zeros_like(heatmap))
        maps.add("a b.jpg", 1, heatmap)
        artifacts.append(stored(api, job_id, f"{STEP}/{method}.npz", maps.encode()))
    artifacts.append(stored(api, job_id, f"{STEP}/{GALLERY}", gallery.encode()))
    found = [
        record(image_id, index, *(MethodRecord(method=name, raw_row=row) for name in METHODS))
        for index, (image_id, row) in enumerate([("a b.jpg", 1), ("other.jpg", 0)])
    ]
    return committed(api, job_id, *found, artifacts=tuple(artifacts))


def links(api: Api, job_id: str, place: int = 0) -> dict[str, str]:
    found: dict[str, str] = api.http.get(f"/v1/jobs/{job_id}/results").json()["items"][place]["links"]
    return found


@pytest.mark.parametrize("method", METHODS)
def test_a_raw_map_is_drawn_over_the_photograph_that_the_report_kept(api: Api, raw_only: str, method: str) -> None:
    answer = api.http.get(links(api, raw_only)[method])
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["florescope-drawn"] == "over photograph"
    kind: Any = {"gradcam": "sequential", "integrated_gradients": "diverging"}[method]
    form, pixels = opened(answer.content)
    assert form == "JPEG"
    assert np.abs(pixels - np.asarray(overlay(PHOTO, METHODS[method], kind=kind))).mean() < 6, (
        "a photograph compressed twice"
    )


def test_a_small_photograph_stands_only_until_the_picture_can_be_read_again(api: Api, raw_only: str) -> None:
    spec = json.loads(api.store.get(keys.spec(raw_only)))
    spec["spec"]["dataset"] = dataset = "store:datasets/garden"
    api.store.put(keys.spec(raw_only), json.dumps(spec).encode())
    plan = Plan(
        job_id=raw_only,
        kind="explain",
        created_at=START,
        total=2,
        unit="images",
        shards=(Shard(step=STEP, start=0, stop=2),),
        split="test",
        model=made_up_model(),
    )
    api.store.put(keys.plan(raw_only), plan.encode())
    address = f"/v1/jobs/{raw_only}/photographs/a%20b.jpg"
    app = create_app(store=api.store, board=api.connection.board, queue=api.connection.queue)
    http = TestClient(app)  # which has not read the specification as it was
    small = http.get(address)
    assert small.headers["cache-control"] == "private, no-cache"
    data = png(Image.fromarray(PHOTO).resize((600, 600)))
    listed = ImageListing(dataset=dataset, images=(ListedImage(path="a b.jpg", size=len(data)),))
    api.store.put(keys.listing(raw_only), listed.encode())
    api.store.put("datasets/garden/a b.jpg", data)
    again = http.get(address)
    assert (opened(small.content)[1].shape[0], opened(again.content)[1].shape[0]) == (224, 600)
    assert "immutable" in again.headers["cache-control"]


def test_a_map_without_a_photograph_is_drawn_alone_and_says_so(api: Api, raw_only: str) -> None:
    answer = api.http.get(links(api, raw_only, 1)["gradcam"])
    assert answer.headers["florescope-drawn"] == "map alone"
    assert answer.content == jpeg(map_alone(np.zeros((7, 7), np.float32), 224, kind="sequential"))


def test_a_drawn_picture_has_the_address_that_a_stored_one_would_have(api: Api, raw_only: str) -> None:
    link = links(api, raw_only)["gradcam"]
    assert link == f"/v1/jobs/{raw_only}/images/a%20b.jpg/gradcam.jpg?step={STEP}"
    assert api.http.get(link.partition("?")[0]).content == api.http.get(link).content
    assert "a%20b.jpg/gradcam.jpg" in api.http.get(f"/jobs/{raw_only}").text


def test_a_drawn_picture_is_given_as_png_too(api: Api, raw_only: str) -> None:
    link = links(api, raw_only)["gradcam"]
    answer = api.http.get(link.replace("gradcam.jpg", "gradcam.png"))
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["florescope-drawn"] == "over photograph"
    form, pixels = opened(answer.content)
    assert form == "PNG"
    assert np.array_equal(pixels, opened(api.http.get(link).content)[1])


def test_a_drawn_picture_is_not_sent_twice_and_comes_in_parts(api: Api, raw_only: str) -> None:
    link = links(api, raw_only)["gradcam"]
    whole = api.http.get(link)
    assert api.http.get(link, headers={"If-None-Match": whole.headers["etag"]}).status_code == 304
    part = api.http.get(link, headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, whole.content[10:20])
    head = api.http.head(link)
    assert (head.content, head.headers["content-length"]) == (b"", str(len(whole.content)))


def test_a_picture_is_drawn_once(api: Api, raw_only: str, monkeypatch: pytest.MonkeyPatch) -> None:
    link = links(api, raw_only)["gradcam"]
    first = api.http.get(link).content
    monkeypatch.setattr("api.readers.pictures.picture_reader.overlay", None)
    assert api.http.get(link).content == first


@pytest.mark.parametrize(("form", "content_type"), [("png", "image/png"), ("jpg", "image/jpeg")])
def test_a_stored_picture_is_linked_as_it_is_and_given_in_both_forms(
    api: Api, rose: str, form: str, content_type: str
) -> None:
    drawn = overlay(PHOTO, CAM, kind="sequential")
    data = {"png": png, "jpg": jpeg}[form](drawn)
    job_id = submitted(api, rose)
    picture = stored(api, job_id, f"i.jpg/gradcam.{form}", data, content_type=content_type)
    committed(api, job_id, record("i.jpg", 0, MethodRecord(method="gradcam", overlay=picture)))
    link = links(api, job_id)["gradcam"]
    assert f"/gradcam.{form}?" in link
    answer = api.http.get(link)
    assert (answer.content, answer.headers["content-type"]) == (data, content_type)
    assert "florescope-drawn" not in answer.headers
    assert api.http.get(f"/v1/jobs/{job_id}/artifacts/i.jpg/gradcam.{form}").content == data
    for other, name in (("png", "PNG"), ("jpg", "JPEG")):
        found, pixels = opened(api.http.get(link.replace(f"gradcam.{form}", f"gradcam.{other}")).content)
        assert found == name
        assert np.abs(pixels - np.asarray(drawn)).mean() < 6


def test_an_image_without_picture_and_raw_map_has_no_link_and_is_not_found(api: Api, rose: str) -> None:
    job_id = submitted(api, rose)
    committed(api, job_id, record("i.jpg", 0, MethodRecord(method="gradcam")))
    assert links(api, job_id) == {}
    answer = api.http.get(f"/v1/jobs/{job_id}/images/i.jpg/gradcam.jpg")
    assert answer.status_code == 404
    assert "has no picture by 'gradcam'" in answer.text


@pytest.mark.parametrize("damaged", [b"", b"PK\x03\x04 torn"])
def test_raw_maps_that_are_damaged_are_told_as_such(api: Api, raw_only: str, damaged: bytes) -> None:
    api.store.put(keys.attempt(raw_only, STEP, "a") + f"{STEP}/gradcam.npz", damaged)
    answer = api.http.get(links(api, raw_only)["gradcam"])
    assert answer.status_code == 409
    assert "what was kept of image 'a b.jpg' is damaged" in answer.text


def test_a_photograph_that_is_cut_off_is_told_as_damaged(
    api: Api, raw_only: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = io.BytesIO()
    Image.fromarray(PHOTO).save(data, "JPEG")
    half = data.getvalue()[: len(data.getvalue()) // 2]
    monkeypatch.setattr(RawMapReader, "photograph", lambda *_: half)
    answer = api.http.get(links(api, raw_only)["gradcam"])
    assert answer.status_code == 409
    assert "is damaged" in answer.text


ODD = [
    "3.04\u202fPM.png",
    "\u00a0/\u3000.png",
    "\U0001f469\u200d\U0001f33e.png",
    "\u202e\u05d0\u05d1.png",
    "line\u2028paragraph\u2029.png",
    "n" * 255,
    "100%25/a?b#c&d=e;f:g+h.png",
    "back\\slash.png",
    "\ufeff\ufffe.png",
    " . ",
    "images/gradcam.jpg",
    legal_name("end\nof/../line"),
]


def test_pictures_of_images_of_any_name_are_there_by_their_links_and_among_the_files(api: Api, rose: str) -> None:
    job_id = submitted(api, rose)
    found = list[ImageRecord]()
    for index, image_id in enumerate(ODD):
        shown = f"{image_id}/gradcam.jpg"
        info = api.store.put(f"{keys.attempt(job_id, STEP, 'a')}{index}", image_id.encode())
        overlay_ = Artifact(
            name=shown, key=info.key, size=info.size, sha256=info.sha256 or "", content_type="image/jpeg"
        )
        found.append(record(image_id, index, MethodRecord(method="gradcam", overlay=overlay_)))
    committed(api, job_id, *found)
    page = api.http.get(f"/jobs/{job_id}").text
    for place, image_id in enumerate(ODD):
        link = links(api, job_id, place)["gradcam"]
        assert api.http.get(link).content == image_id.encode()
        assert html.escape(link) in page
    files = {
        each["name"]: each["links"]["self"] for each in api.http.get(f"/v1/jobs/{job_id}/artifacts").json()["items"]
    }
    for image_id in ODD:
        assert api.http.get(files[f"{image_id}/gradcam.jpg"]).content == image_id.encode()
