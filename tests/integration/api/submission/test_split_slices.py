"""Wherever a specification names a split, it may name a slice of it, and what holds no image is refused at once."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.api.conftest import EXPLAIN, TRAIN, Api, assert_problem

DATASET = {"dataset": "synthetic_flowers"}
EVALUATE = {"kind": "evaluate", "model": "rose", **DATASET}
PREVIEW = {"kind": "preview", **DATASET}


def split_of_training(split: str, role: str = "train") -> dict[str, Any]:
    return {**TRAIN, "splits": {role: split}}


def split_of_sweep(split: str) -> dict[str, Any]:
    return {"kind": "sweep", "base": split_of_training(split), "grid": {"seed": [0, 1]}}


PLACES = [
    ("splits.train", split_of_training),
    ("splits.validation", lambda split: split_of_training(split, "validation")),
    ("splits.test", lambda split: split_of_training(split, "test")),
    ("base.splits.train", split_of_sweep),
    ("split", lambda split: {**EXPLAIN, "split": split}),
    ("split", lambda split: {**EVALUATE, "split": split}),
    ("split", lambda split: {**PREVIEW, "split": split}),
]


@pytest.mark.usefixtures("rose")
@pytest.mark.parametrize(("field", "spec"), PLACES)
@pytest.mark.parametrize("split", ["train[0:64]", "test[:8]", "validation[449:]", "test[500:9999]"])
def test_a_slice_is_taken_as_it_is_written(api: Api, field: str, spec: Any, split: str) -> None:
    answer = api.http.post("/v1/jobs", json=spec(split))
    assert answer.status_code == 202, answer.text
    found = answer.json()["spec"]
    for name in field.split("."):
        found = found[name]
    assert found == split


@pytest.mark.usefixtures("rose")
@pytest.mark.parametrize(("field", "spec"), PLACES)
@pytest.mark.parametrize(
    ("split", "words"),
    [
        ("holdout[0:8]", "synthetic_flowers: split 'holdout' does not exist: there are train, validation, test"),
        ("validation[450:]", "synthetic_flowers: split 'validation[450:]' holds no image: validation has 450"),
        ("test[8:8]", "synthetic_flowers: split 'test[8:8]' holds no image: test has 540"),
    ],
)
def test_a_slice_that_cannot_be_is_refused_by_its_field(
    api: Api, field: str, spec: Any, split: str, words: str
) -> None:
    body = assert_problem(api.http.post("/v1/jobs", json=spec(split)), 422)
    assert [(each["field"], each["message"]) for each in body["errors"]] == [(field, words)]
