"""Methods that packages add, as the API tells of them and checks them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest

from api.app import create_app
from jobs import keys
from jobs.job import Job
from jobs.specs.explain_spec import ExplainSpec
from jobs.specs.explanation_methods import METHODS
from jobs.state import JobState
from tests.integration.api.conftest import EXPLAIN, Api, assert_problem
from tests.services.method_packages import EXAMPLE, installed, write_package

ASKED = {**EXPLAIN, "methods": ["gradcam", "occlusion"], "method_options": {"occlusion": {"window": 16}}}


@pytest.fixture
def occlusion(tmp_path: Path) -> Iterator[None]:
    entry = {"occlusion": "florescope_occlusion.description:OCCLUSION"}
    write_package(tmp_path, entry, {}, name="florescope_occlusion")
    (tmp_path / "florescope_occlusion").symlink_to(EXAMPLE / "florescope_occlusion")
    with installed(tmp_path):
        yield


def test_the_built_in_methods_are_listed(api: Api) -> None:
    found = api.http.get("/v1/methods").json()
    assert [item["name"] for item in found["items"]] == list(METHODS)
    assert all(item["docs"] and item["package"] is None for item in found["items"])
    assert found["unusable"] == []


@pytest.mark.usefixtures("occlusion")
def test_a_method_of_a_package_is_listed_with_the_schema_of_its_options(api: Api) -> None:
    item = api.http.get("/v1/methods").json()["items"][-1]
    assert (item["name"], item["title"], item["colours"]) == ("occlusion", "Occlusion", "diverging")
    assert item["package"] == "florescope_occlusion 1.0"
    jsonschema.validate({"window": 16, "fill": "mean"}, item["options"])
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"windows": 16}, item["options"])


def test_a_broken_package_is_listed_with_the_reason_and_keeps_nothing_from_working(
    api: Api, rose: str, tmp_path: Path
) -> None:
    write_package(tmp_path, {"sour": "sour.description:METHOD"}, {"__init__": "raise OSError('no licence')"})
    with installed(tmp_path):
        found = api.http.get("/v1/methods").json()
        body = assert_problem(api.http.post("/v1/jobs", json={**EXPLAIN, "methods": ["sour"]}), 422)
        assert api.http.post("/v1/jobs", json={**EXPLAIN, "model": rose}).status_code == 202
    assert [(each["name"], each["package"]) for each in found["unusable"]] == [("sour", "sour 1.0")]
    assert "method 'sour' of sour 1.0 cannot be used here: " in body["detail"]
    assert "OSError: no licence" in body["detail"]


@pytest.mark.usefixtures("rose", "occlusion")
def test_a_job_by_it_is_taken_in_and_stored_as_it_was_asked_for(api: Api) -> None:
    answer = api.http.post("/v1/jobs", json=ASKED)
    assert answer.status_code == 202, answer.text
    assert answer.json()["spec"]["method_options"] == {"occlusion": {"window": 16}}
    spec = Job.decode(api.store.get(keys.spec(answer.json()["id"]))).spec
    assert isinstance(spec, ExplainSpec)
    assert spec.methods == ("gradcam", "occlusion")


@pytest.mark.usefixtures("rose")
def test_without_the_package_the_job_is_refused_and_nothing_is_left(api: Api) -> None:
    before = api.contents()
    body = assert_problem(api.http.post("/v1/jobs", json=ASKED), 422)
    assert body["errors"][0]["field"] == "methods.1"
    assert "method 'occlusion' is not installed here: " in body["detail"]
    assert "installed are gradcam, gradcam++, layercam, integrated_gradients" in body["detail"]
    assert api.contents() == before


@pytest.mark.usefixtures("rose", "occlusion")
@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"occlusion": {"windows": 1}}, "method_options.occlusion.windows"),
        ({"occlusion": {"window": -1}}, "method_options.occlusion.window"),
        ({"occlusion": 3}, "method_options.occlusion"),
        ({"lime": {}}, "method_options.lime"),
        ({"Lime": {}}, "method_options.Lime"),
        (3, "method_options"),
    ],
)
def test_options_that_do_not_fit_are_refused_by_name(api: Api, options: object, field: str) -> None:
    body = assert_problem(api.http.post("/v1/jobs", json={**ASKED, "method_options": options}), 422)
    assert [each["field"] for each in body["errors"]] == [field]


@pytest.mark.usefixtures("rose")
@pytest.mark.parametrize("depth", [100, 400])
def test_options_as_deep_as_a_well_end_nothing(api: Api, depth: int) -> None:
    body = '{"kind": "explain", "model": "rose", "dataset": "synthetic_flowers", "method_options": {"gradcam": {"a": '
    body += "[" * depth + "]" * depth + "}}}"
    answer = api.http.post("/v1/jobs", content=body, headers={"content-type": "application/json"})
    assert_problem(answer, 422)


@pytest.mark.usefixtures("occlusion")
def test_the_description_of_the_api_lists_what_can_be_submitted(api: Api) -> None:
    app = create_app(store=api.store, board=api.connection.board, queue=api.connection.queue)
    schemas = app.openapi()["components"]["schemas"]
    taken = next(schema for name, schema in schemas.items() if name.startswith("ExplainSpec") and "Output" not in name)
    assert taken["properties"]["methods"]["items"]["enum"] == [*METHODS, "occlusion"]
    jsonschema.Draft202012Validator.check_schema(taken)


def test_a_job_whose_package_is_gone_is_shown_and_its_images_are_not_retried(
    api: Api, rose: str, tmp_path: Path
) -> None:
    entry = {"occlusion": "florescope_occlusion.description:OCCLUSION"}
    write_package(tmp_path, entry, {}, name="florescope_occlusion")
    (tmp_path / "florescope_occlusion").symlink_to(EXAMPLE / "florescope_occlusion")
    with installed(tmp_path):
        job_id = api.http.post("/v1/jobs", json={**ASKED, "model": rose}).json()["id"]
    api.end(job_id, JobState.COMPLETED_WITH_ERRORS, failed=1)
    assert api.http.get(f"/v1/jobs/{job_id}").json()["spec"]["methods"] == ["gradcam", "occlusion"]
    assert api.http.get(f"/jobs/{job_id}", headers={"accept": "text/html"}).status_code == 200
    body = assert_problem(api.http.post(f"/v1/jobs/{job_id}:retry"), 422)
    assert "method 'occlusion' is not installed here" in body["detail"]
