"""What cannot be done as asked gets a 422 that names the field, and leaves nothing behind."""

from __future__ import annotations

import json
from typing import Any

import pytest

from api.app import create_app
from api.readers.dataset_stores import DatasetBuckets
from dispatch.connection import Connection
from jobs import keys
from jobs.models.model import PublishedModel
from jobs.state import JobState
from store.memory import MemoryStore
from tests.integration.api.conftest import EXPLAIN, ROSE, TRAIN, Api, assert_problem
from tests.services.api_server import api_client

TRAIN_REFUSALS: list[tuple[dict[str, Any], str, str]] = [
    ({"epoch": 3}, "epoch", "did you mean 'epochs'"),
    ({"batchSize": 3}, "batchSize", "did you mean 'batch_size'"),
    ({"learning_rate": 0.1}, "learning_rate", "did you mean 'optimizer.learning_rate'"),
    ({"optimizer": {"learning-rate": 0.1}}, "optimizer.learning-rate", "did you mean 'learning_rate'"),
    ({"colour": "red"}, "colour", "unknown field: remove it"),
    ({"optimizer": {"name": "adam", "momentum": 1}}, "optimizer.momentum", "unknown field"),
    ({"epochs": 0}, "epochs", "greater than or equal to 1"),
    ({"epochs": "many"}, "epochs", "valid integer"),
    ({"epochs": 2.5}, "epochs", "valid integer"),
    ({"image_size": 0}, "image_size", "greater than or equal to 32"),
    ({"batch_size": 0}, "batch_size", "greater than or equal to 1"),
    ({"backbone": "ResNet51"}, "backbone", "did you mean 'ResNet50'?"),
    ({"backbone": "mobilenetv2"}, "backbone", "did you mean 'MobileNetV2'?"),
    ({"backbone": "efficientnet-v2-b0"}, "backbone", "did you mean 'EfficientNetV2B0'?"),
    ({"dataset": "synthetic_flower"}, "dataset", "did you mean 'synthetic_flowers'?"),
    ({"dataset": "Oxford_Flower102"}, "dataset", "did you mean 'oxford_flowers102'?"),
    ({"dataset": "cifar_10:3.0.2"}, "dataset", "did you mean 'cifar10'?"),
    ({"splits": {"train": "trian"}}, "splits.train", "did you mean 'train'?"),
    ({"weights": "places"}, "weights", "imagenet"),
    ({"weights": "imagenet"}, "", "do not exist for backbone 'SmallCNN'"),
    ({"pipeline": "shaken"}, "pipeline", "augmented"),
    ({"dataset": ""}, "dataset", "the name of a data set"),
    ({"dataset": "../../etc"}, "dataset", "the name of a data set"),
    ({"splits": {"train": "holdout"}}, "splits.train", "there are train, validation, test"),
    ({"splits": {"test": "holdout"}}, "splits.test", "there are train, validation, test"),
    ({"optimizer": {"learning_rate": -1}}, "optimizer.learning_rate", "greater than 0"),
    ({"optimizer": {"name": "rmsprop"}}, "optimizer.name", "adam"),
    ({"seed": -1}, "seed", "greater than or equal to 0"),
    ({"pipeline": "augmented", "augmentation": "trivail"}, "augmentation.policy", "did you mean 'trivial'?"),
    ({"augmentation": {"policy": "rand", "policy_strength": 2}}, "augmentation.policy_strength", "equal to 1"),
    ({"splits": {"train": "train+holdout"}}, "splits.train", "there are train, validation, test"),
    ({"splits": {"validation": None}}, "", "name in refit_of a training"),
    ({"splits": {"validation": None}, "refit_of": "tulip"}, "refit_of", "there is no job 'tulip'"),
    ({"folds": 1}, "", "leaves nothing to learn from"),
    ({"folds": 21}, "folds", "less than or equal to 20"),
    ({"kind": "dance"}, "kind", "train"),
]
EXPLAIN_REFUSALS: list[tuple[dict[str, Any], str, str]] = [
    ({"model": "tulip"}, "model", "published are rose"),
    ({"model": "job:tulip"}, "model", "no job 'tulip'"),
    ({"model": "../rose"}, "model", "expected letters, digits"),
    ({"split": "holdout"}, "split", "there are train, validation, test"),
    ({"split": "tset[0:8]"}, "split", "did you mean 'test'?"),
    ({"split": "valid"}, "split", "did you mean 'validation'?"),
    ({"split": "test[a:b]"}, "split", "'test[0:64]'"),
    ({"methods": []}, "methods", "at least 1 item"),
    ({"methods": ["gradcam", "gradcam"]}, "methods", "name each once"),
    ({"methods": ["gradcam", "guesswork"]}, "methods.1", "gradcam"),
    ({"target": 9}, "target", "9 classes, 0 to 8"),
    ({"target": -1}, "target", "greater than or equal to 0"),
    ({"target": "best"}, "target", "'top:k' with k from 1 to 999, such as 'top:3', or the index of a class"),
    ({"score": "against:9"}, "score", "9 classes, 0 to 8"),
    ({"score": "against:nettle"}, "score", "model rose has no class 'nettle': use the index or the name of one"),
    ({"score": "against:true", "target": "true"}, "score", "a class cannot be held against itself"),
    ({"score": "centered"}, "score", "'against:' with the name or the index of a class"),
    ({"target": "top:10"}, "target", "model rose has 9, use 'top:9' or fewer"),
    ({"ig": {"baseline": "green"}}, "ig.baseline", "'random:n' with n from 1 to 256"),
    ({"ig": {"tolerance": 0}}, "ig.tolerance", "greater than 0"),
    ({"ig": {"steps": 50}}, "ig.steps", "unknown field"),
    ({"shard_size": 0}, "shard_size", "greater than or equal to 1"),
    ({"max_failure_rate": 2}, "max_failure_rate", "less than or equal to 1"),
]


def assert_refused(api: Api, document: Any, field: str, words: str) -> None:
    before = api.contents()
    body = assert_problem(api.http.post("/v1/jobs", json=document), 422)
    assert [each["field"] for each in body["errors"]] == [field]
    assert words in body["errors"][0]["message"]
    assert field in body["detail"]
    assert api.contents() == before
    assert api.connection.queue.waiting() == set()


@pytest.mark.parametrize(("change", "field", "words"), TRAIN_REFUSALS)
def test_a_training_that_cannot_be(api: Api, change: dict[str, Any], field: str, words: str) -> None:
    assert_refused(api, {**TRAIN, **change}, field, words)


@pytest.mark.usefixtures("rose")
@pytest.mark.parametrize(("change", "field", "words"), EXPLAIN_REFUSALS)
def test_an_explanation_that_cannot_be(api: Api, change: dict[str, Any], field: str, words: str) -> None:
    assert_refused(api, {**EXPLAIN, **change}, field, words)


def test_a_model_asked_for_by_its_name_is_found_by_it_in_the_refusal(api: Api) -> None:
    named = {**ROSE, "id": "01abc", "name": "rose"}
    api.store.put(keys.model("01abc"), PublishedModel(**named, class_names=("a", "b")).encode())
    assert_refused(api, EXPLAIN, "model", "published are 01abc ('rose')")


def test_every_wrong_field_is_named_at_once(api: Api) -> None:
    answer = api.http.post("/v1/jobs", json={**TRAIN, "epochs": 0, "image_size": 0, "batch_size": 0})
    body = assert_problem(answer, 422)
    assert {each["field"] for each in body["errors"]} == {"epochs", "image_size", "batch_size"}


def test_a_missing_field_is_named(api: Api) -> None:
    assert_refused(api, {"kind": "train"}, "dataset", "required")


def test_no_kind_is_named_as_such(api: Api) -> None:
    assert_refused(api, {"dataset": "synthetic_flowers"}, "kind", "say what kind of job")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"train"', b"null", b"\xff\xfe", b'{"kind": "train", }'])
def test_a_body_that_is_no_specification(api: Api, body: bytes) -> None:
    answer = api.http.post("/v1/jobs", content=body, headers={"content-type": "application/json"})
    assert_problem(answer, 422)
    assert api.contents() == {}


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({"content-type": "application/x-www-form-urlencoded"}, "sent as application/x-www-form-urlencoded"),
        ({"content-type": "text/plain"}, "sent as text/plain"),
        ({}, "sent without a content type"),
    ],
)
def test_a_body_that_is_not_sent_as_json_is_refused_with_the_header_that_it_needs(
    api: Api, headers: dict[str, str], words: str
) -> None:
    body = assert_problem(api.http.post("/v1/jobs", content=json.dumps(TRAIN), headers=headers), 422)
    assert words in body["detail"]
    assert "'content-type: application/json' (curl: --json in place of -d)" in body["detail"]
    assert api.contents() == {}


@pytest.mark.parametrize(
    "dataset", ["mnist", "cifar10:3.0.2", "imagenet2012", "our_own_wheat", "binarized_mnist", "mnist:**"]
)
def test_a_data_set_that_a_worker_may_know_is_left_to_it(api: Api, dataset: str) -> None:
    api.submit(dataset=dataset)


def test_a_misspelt_folder_and_a_misspelt_split_of_one_are_refused(api: Api) -> None:
    api.store.put("datasets/garden/rose/1.jpg", b"rose")
    body = assert_problem(api.http.post("/v1/jobs", json={**TRAIN, "dataset": "store:datasets/gardn"}), 422)
    assert "did you mean 'store:datasets/garden'?" in body["detail"]
    change = {"dataset": "store:datasets/garden", "splits": {"train": "trian", "validation": "all", "test": None}}
    body = assert_problem(api.http.post("/v1/jobs", json={**TRAIN, **change}), 422)
    assert body["errors"][0]["field"] == "splits.train"
    assert "did you mean 'train'?" in body["detail"]


def test_a_body_that_is_too_long_is_refused(api: Api) -> None:
    answer = api.http.post("/v1/jobs", json={**TRAIN, "name": "x" * (2 << 20)})
    assert answer.status_code in {413, 422}
    assert api.contents() == {}


def test_an_explanation_of_what_is_no_training(api: Api, rose: str) -> None:
    explanation = api.http.post("/v1/jobs", json={**EXPLAIN, "model": rose}).json()["id"]
    body = assert_problem(api.http.post("/v1/jobs", json={**EXPLAIN, "model": f"job:{explanation}"}), 422)
    assert body["errors"][0]["field"] == "model"
    assert "which makes no model" in body["detail"]


def test_an_explanation_of_a_training_that_failed(api: Api) -> None:
    training = api.submit()
    api.end(training, JobState.FAILED)
    body = assert_problem(api.http.post("/v1/jobs", json={**EXPLAIN, "model": f"job:{training}"}), 422)
    assert "left no model, it is failed" in body["detail"]


def test_an_explanation_of_a_training_under_way_is_taken(api: Api) -> None:
    training = api.submit()
    assert api.http.post("/v1/jobs", json={**EXPLAIN, "model": f"job:{training}"}).status_code == 202


@pytest.mark.parametrize("path", ["/v1/jobs/nothing", "/v1/jobs/nothing/events", "/v1/jobs/nothing/results"])
def test_a_job_that_is_not_there_is_a_404_with_words(api: Api, path: str) -> None:
    assert "there is no job 'nothing'" in assert_problem(api.http.get(path), 404)["detail"]


def test_a_page_that_is_not_there_is_a_problem_too(api: Api) -> None:
    assert_problem(api.http.get("/v2/jobs"), 404)
    answer = api.http.put("/v1/jobs")
    assert_problem(answer, 405)
    assert answer.headers["allow"]


def test_a_page_of_another_site_may_not_submit(api: Api) -> None:
    answer = api.http.post("/v1/jobs", json=TRAIN, headers={"sec-fetch-site": "cross-site"})
    assert_problem(answer, 403)
    assert api.contents() == {}


@pytest.mark.usefixtures("rose")
@pytest.mark.parametrize("change", [{"target": "best"}, {"ig": {"baseline": "random:0"}}, {"split": "te st"}])
def test_what_is_accepted_is_told_in_words_not_in_a_pattern(api: Api, change: dict[str, Any]) -> None:
    body = assert_problem(api.http.post("/v1/jobs", json={**EXPLAIN, **change}), 422)
    message = body["errors"][0]["message"]
    assert message.startswith("expected ")
    assert not set("^$\\") & set(message)
    assert "; or: " not in message


def test_pictures_in_s3_are_read_where_the_setting_allows_it(store: MemoryStore, connection: Connection) -> None:
    allowed = ("s3://pictures/open",)
    app = create_app(store=store, board=connection.board, queue=connection.queue, buckets=DatasetBuckets(allowed))
    splits = {"train": "all[0%:80%]", "validation": "all[80%:]", "test": None}
    with api_client(app) as http:
        for dataset, status in (("s3://pictures/open/roses", 202), ("s3://pictures/closed", 422)):
            answer = http.post("/v1/jobs", json={**TRAIN, "dataset": dataset, "splits": splits})
            assert answer.status_code == status, answer.text
        assert "FLORESCOPE_DATASET_PREFIXES" in answer.json()["detail"]
        assert [each["field"] for each in answer.json()["errors"]] == ["dataset"]


@pytest.mark.parametrize("label", ["coarse_label", "Breed name", "fine.label"])
def test_a_label_is_named_as_data_sets_name_theirs(api: Api, label: str) -> None:
    api.submit(dataset="cifar100", label=label)


@pytest.mark.parametrize("label", ["", " x", "a/b", "a\nb"])
def test_what_names_no_label_is_refused(api: Api, label: Any) -> None:
    assert_refused(api, {**TRAIN, "label": label}, "label", "a feature")
