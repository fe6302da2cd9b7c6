"""What an explanation found, through the API: records, orders, and the page that it made of itself."""

from __future__ import annotations

from typing import Any

import pytest

from api.http import cursor
from api.routes.results import ResultItem
from jobs import keys
from jobs.job import JobEnd
from jobs.live.progress import Progress
from jobs.models.artifact import Artifact
from jobs.models.model import PublishedModel
from jobs.plan import Plan, shards
from jobs.results.columns import IMAGE_COLUMNS
from jobs.results.manifest import Manifest
from jobs.results.measure import MEASURES
from jobs.results.record import ClassScore, ImageRecord, MethodRecord
from jobs.results.report import Report
from jobs.state import JobState
from store.base import ObjectStore
from tests.integration.api.conftest import EXPLAIN, ROSE, START, Api

STEP = "shard-00000"
DELETIONS = (0.5, None, 0.1, 0.3)


def record(index: int) -> ImageRecord:
    ig = MethodRecord(
        method="integrated_gradients",
        target=1,
        target_logit=3.0,
        baseline="black",
        values={"relative_delta": 0.01 * index, "deletion_auc": 1.0 - index / 10},
    )
    cam = MethodRecord(method="gradcam", target=1, target_logit=3.0, values={"deletion_auc": DELETIONS[index]})
    return ImageRecord(
        image_id=f"i{index}",
        index=index,
        label=1,
        prediction=1,
        confidence=0.9,
        top=(ClassScore(label=1, probability=0.9, logit=3.0),),
        target=1,
        target_logit=3.0,
        methods=(cam, ig),
    )


def submitted(api: Api, model: str) -> str:
    return str(api.http.post("/v1/jobs", json={**EXPLAIN, "model": model}).json()["id"])


@pytest.fixture
def job_id(api: Api, rose: str) -> str:
    """A finished explanation of four images with a report."""
    made = submitted(api, rose)
    report = report_of(made)
    end = JobEnd(
        job_id=made,
        state=JobState.SUCCEEDED,
        started_at=START,
        finished_at=START,
        progress=Progress(done=4, total=4, unit="images"),
        summary={"images": 4, "failed": 0, "accuracy": 1.0},
    )
    api.store.put(keys.plan(made), plan_of(made).encode())
    api.store.put(keys.report(made, STEP), report.encode())
    api.store.put(keys.manifest(made), manifest_of(made, api.store).encode())
    api.store.put(keys.end(made), end.encode())
    return made


def plan_of(job_id: str) -> Plan:
    return Plan(
        job_id=job_id,
        kind="explain",
        created_at=START,
        total=4,
        unit="images",
        shards=shards(0, 4, size=4),
        model=PublishedModel(**ROSE, class_names=("rose", "tulip")),
        split="test",
    )


def report_of(job_id: str) -> Report:
    return Report(
        job_id=job_id,
        step=STEP,
        attempt="a",
        worker="w",
        started_at=START,
        finished_at=START,
        records=tuple(record(index) for index in range(4)),
        code_version="0.1.0+abc",
    )


def manifest_of(job_id: str, store: ObjectStore) -> Manifest:
    page = store.put(keys.file(job_id, "report.html"), b"<!doctype html><title>maps</title>")
    file = Artifact(
        name="report.html",
        key=page.key,
        size=page.size,
        sha256=page.sha256 or "",
        content_type="text/html; charset=utf-8",
    )
    return Manifest(
        job_id=job_id, kind="explain", created_at=START, complete=True, images=(), reports=(), files=(file,)
    )


def images(api: Api, job_id: str, **query: Any) -> list[str]:
    answer = api.http.get(f"/v1/jobs/{job_id}/results", params=query)
    assert answer.status_code == 200, answer.text
    return [item["image_id"] for item in answer.json()["items"]]


def test_a_result_tells_all_that_is_known_of_an_image(api: Api, job_id: str) -> None:
    page = api.http.get(f"/v1/jobs/{job_id}/results").json()
    assert (page["model_id"], page["model_sha256"]) == ("rose", "0" * 64)
    item = page["items"][2]
    assert item["top"] == [{"label": 1, "probability": 0.9, "logit": 3.0}]
    assert (item["target_logit"], item["code_version"]) == (3.0, "0.1.0+abc")
    assert item["methods"][1]["values"] == {"relative_delta": 0.02, "deletion_auc": 0.8}


def test_images_come_in_the_order_of_a_measure_and_those_without_it_last(api: Api, job_id: str) -> None:
    assert images(api, job_id, sort="deletion_auc") == ["i2", "i3", "i0", "i1"]
    assert images(api, job_id, sort="-deletion_auc", method="gradcam") == ["i0", "i3", "i2", "i1"]
    assert images(api, job_id, sort="deletion_auc", method="integrated_gradients") == ["i3", "i2", "i1", "i0"]


def test_images_whose_numbers_broke_come_first_where_the_worst_do(api: Api, job_id: str) -> None:
    report = Report.decode(api.store.get(keys.report(job_id, STEP)))
    broken = MethodRecord(method="integrated_gradients", flags=("non_finite",), values={"relative_delta": None})
    records = (*report.records[:3], report.records[3].model_copy(update={"methods": (broken,)}))
    api.store.put(keys.report(job_id, STEP), report.model_copy(update={"records": records}).encode())
    assert images(api, job_id, sort="-judged_delta") == ["i3", "i2", "i1", "i0"]
    query: dict[str, Any] = {"sort": "-judged_delta", "limit": 1}
    first = api.http.get(f"/v1/jobs/{job_id}/results", params=query).json()
    assert images(api, job_id, **query, after=first["next"]) == ["i2"]


def test_pages_in_the_order_of_a_measure_fit_together(api: Api, job_id: str) -> None:
    query: dict[str, Any] = {"sort": "deletion_auc", "method": "gradcam", "limit": 2}
    first = api.http.get(f"/v1/jobs/{job_id}/results", params=query).json()
    assert images(api, job_id, **query, after=first["next"]) == ["i0", "i1"]


@pytest.mark.parametrize("query", [{"sort": "beauty"}, {"sort": "focus", "method": "lime"}])
def test_a_measure_or_a_method_that_does_not_exist_is_refused_by_name(
    api: Api, job_id: str, query: dict[str, str]
) -> None:
    answer = api.http.get(f"/v1/jobs/{job_id}/results", params=query)
    assert answer.status_code == 422
    assert any(name in answer.text for name in query)


@pytest.mark.parametrize("name", MEASURES)
def test_images_can_be_sorted_by_every_measure(api: Api, job_id: str, name: str) -> None:
    assert len(images(api, job_id, sort=name)) == len(images(api, job_id, sort=f"-{name}")) == 4


def test_the_schema_lists_every_order(api: Api) -> None:
    paths = api.http.get("/openapi.json").json()["paths"]
    parameters = paths["/v1/jobs/{job_id}/results"]["get"]["parameters"]
    (orders,) = [each["schema"]["enum"] for each in parameters if each["name"] == "sort"]
    assert {"index", "confidence", "-confidence", *MEASURES} <= set(orders)


@pytest.mark.parametrize(
    "other",
    [{"sort": "-deletion_auc"}, {"method": "integrated_gradients"}, {"outcome": "correct"}, {"label": 1}],
)
def test_a_place_in_one_list_is_none_in_another(api: Api, job_id: str, other: dict[str, Any]) -> None:
    query: dict[str, Any] = {"sort": "deletion_auc", "method": "gradcam", "limit": 2}
    following = api.http.get(f"/v1/jobs/{job_id}/results", params=query).json()["next"]
    answer = api.http.get(f"/v1/jobs/{job_id}/results", params={**query, **other, "after": following})
    assert answer.status_code == 422
    assert "'after' belongs to sort=deletion_auc&method=gradcam, not to" in answer.text


def test_a_made_up_place_with_a_number_beyond_all_bounds_is_refused(api: Api, job_id: str) -> None:
    after = cursor.encode("sort=focus", False, 10**310, 0)
    answer = api.http.get(f"/v1/jobs/{job_id}/results", params={"sort": "focus", "after": after})
    assert answer.status_code == 422
    assert "not a place in this list" in answer.text


def test_pages_of_a_filtered_list_fit_together(api: Api, job_id: str) -> None:
    query: dict[str, Any] = {"outcome": "correct", "label": 1, "limit": 3}
    first = api.http.get(f"/v1/jobs/{job_id}/results", params=query).json()
    assert images(api, job_id, **query, after=first["next"]) == ["i3"]


def test_the_report_is_shown_and_can_do_nothing(api: Api, job_id: str) -> None:
    answer = api.http.get(f"/jobs/{job_id}/report")
    assert answer.text.startswith("<!doctype html>")
    assert "content-disposition" not in answer.headers
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "script-src" not in policy


def test_the_page_of_the_job_leads_to_its_report_and_shows_its_measures(api: Api, job_id: str) -> None:
    html = api.http.get(f"/jobs/{job_id}").text
    assert f'href="/jobs/{job_id}/report"' in html
    assert "How good the maps are" in html
    assert "deletion" in html


def test_the_page_of_the_job_names_the_class_of_each_of_several_maps(api: Api, job_id: str) -> None:
    page = api.http.get(f"/jobs/{job_id}").text
    assert "δ 2.0\u00a0%" in page
    assert "δ 2.0\u00a0% of" not in page
    report = Report.decode(api.store.get(keys.report(job_id, STEP)))
    other = MethodRecord(method="integrated_gradients", rank=2, target=0, values={"relative_delta": 0.5})
    first = report.records[0]
    records = (first.model_copy(update={"methods": (*first.methods, other)}), *report.records[1:])
    made = submitted(api, "rose")
    api.store.put(keys.plan(made), api.store.get(keys.plan(job_id)))
    api.store.put(keys.report(made, STEP), report.model_copy(update={"records": records}).encode())
    several = api.http.get(f"/jobs/{made}").text
    assert "δ 50.0\u00a0% of rose" in several
    assert "δ 0.0\u00a0% of tulip" in several


def test_a_job_without_a_report_has_none_to_show(api: Api, rose: str) -> None:
    made = submitted(api, rose)
    assert api.http.get(f"/jobs/{made}/report").status_code == 404
    assert "/report" not in api.http.get(f"/jobs/{made}").text


def test_the_page_of_the_job_shows_a_dash_for_what_could_not_be_measured(api: Api, job_id: str) -> None:
    end = JobEnd.decode(api.store.get(keys.end(job_id)))
    half = {**(end.summary or {}), "randomization": {"gradcam": {"head": 0.25}}}
    api.store.put(keys.end(job_id), end.model_copy(update={"summary": half}).encode())
    answer = api.http.get(f"/jobs/{job_id}")
    assert answer.status_code == 200
    assert "random head 0.25, of a random backbone –" in answer.text


def test_the_page_of_the_job_shows_deletion_beside_the_random_map_and_says_what_it_judges(
    api: Api, job_id: str
) -> None:
    one = {"mean": 0.25, "median": 0.2, "images": 6, "interval_95": [0.125, 0.375]}
    curve = {"map": one, "random": one, "difference": one, "not_finite": 1}
    row = {"class": 1, "images": 6, "deletion": curve}
    table = {"all": {"deletion": curve}, "classes": [row], "classes_left_out": 0}
    told = {
        "protocol": "rise",
        "meaning": "a step per row",
        "judges": "They judge the map, not the model.",
        "interval": "95 % interval",
        "few_images": 10,
        "methods": {"gradcam": table},
    }
    stage = {"random": "the head", "lowest_layer": "logits", "signed": {}, "magnitude": {}}
    cascade = {"gradcam": [{**stage, "left_out": {"randomized_constant": 3}, "unconverged": 0}]}
    end = JobEnd.decode(api.store.get(keys.end(job_id)))
    summary = {**(end.summary or {}), "faithfulness": told, "cascade": cascade}
    api.store.put(keys.end(job_id), end.model_copy(update={"summary": summary}).encode())
    html = api.http.get(f"/jobs/{job_id}").text
    assert "They judge the map, not the model. Protocol rise: a step per row." in html
    assert "In brackets: the 95\u00a0% interval." in html
    assert html.count("0.25 <small>[0.125 to 0.375]</small>") == 5
    assert '<span class="flag">few</span>' in html
    assert "3: the map of the random model is constant" in html


def test_the_parameters_of_the_list_are_those_that_were_promised(api: Api) -> None:
    listing = api.http.get("/openapi.json").json()["paths"]["/v1/jobs/{job_id}/results"]["get"]
    schemas = {each["name"]: each["schema"] for each in listing["parameters"] if each["in"] == "query"}
    assert {"outcome", "label", "sort", "method", "limit", "after"} <= set(schemas)
    measured = ("confidence", *MEASURES)
    promised = {"index", *(f"{sign}{name}" for name in measured for sign in ("", "-"))}
    assert promised <= set(schemas["sort"]["enum"])


def test_every_column_of_an_image_is_told_of_it() -> None:
    assert {column.name for column in IMAGE_COLUMNS} < set(ResultItem.model_fields)
