from __future__ import annotations

from typing import Any

import pytest

from jobs.specs.needs import Needs, SplitOfDataset
from jobs.specs.spec import KINDS, MODEL_KINDS, spec_adapter

DATASET = {"dataset": "d"}
SHA = "0" * 64


def split(name: str) -> SplitOfDataset:
    return SplitOfDataset("d", name)


@pytest.mark.parametrize(
    ("document", "needs"),
    [
        (
            {"kind": "train", **DATASET, "splits": {"validation": "train[8:]", "test": None}},
            Needs(
                datasets=DATASET,
                splits={"splits.train": split("train"), "splits.validation": split("train[8:]")},
            ),
        ),
        (
            {"kind": "sweep", "base": {**DATASET, "splits": {"test": None}}, "grid": {"seed": [0, 1]}},
            Needs(
                datasets={"base.dataset": "d"},
                splits={"base.splits.train": split("train"), "base.splits.validation": split("validation")},
            ),
        ),
        (
            {"kind": "explain", **DATASET, "model": "m", "split": "test[:8]"},
            Needs(datasets=DATASET, splits={"split": split("test[:8]")}, models={"model": "m"}),
        ),
        (
            {"kind": "evaluate", **DATASET, "model": "job:m", "baseline_model": "b"},
            Needs(datasets=DATASET, splits={"split": split("test")}, models={"model": "job:m", "baseline_model": "b"}),
        ),
        (
            {"kind": "evaluate", **DATASET, "model": "m"},
            Needs(datasets=DATASET, splits={"split": split("test")}, models={"model": "m"}),
        ),
        (
            {"kind": "audit", **DATASET, "model": "m", "split": "test[:8]"},
            Needs(datasets=DATASET, splits={"split": split("test[:8]")}, models={"model": "m"}),
        ),
        (
            {"kind": "audit", **DATASET, "model": "m", "training_split": "fit"},
            Needs(
                datasets=DATASET,
                splits={"split": split("test"), "training_split": split("fit")},
                models={"model": "m"},
            ),
        ),
        ({"kind": "preview", **DATASET}, Needs(datasets=DATASET, splits={"split": split("train")})),
        (
            {"kind": "compare", "first": "job:a", "second": "b"},
            Needs(results={"first": "a", "second": "b"}),
        ),
        ({"kind": "import", "upload": SHA, "preprocessing": "none"}, Needs(uploads={"upload": SHA})),
    ],
)
def test_a_specification_says_what_must_be_there_by_the_fields_that_name_it(
    document: dict[str, Any], needs: Needs
) -> None:
    assert spec_adapter.validate_python(document).needs() == needs


def test_kinds_of_job_are_known_by_their_names() -> None:
    assert KINDS == ("train", "explain", "evaluate", "preview", "sweep", "import", "audit", "compare", "export")
    assert MODEL_KINDS == ("train", "sweep", "import")


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({"kind": "train", **DATASET, "splits": {"validation": None}, "refit_of": "job:"}, "refit_of"),
        ({"kind": "evaluate", **DATASET, "model": "m", "compared_with": "job:"}, "compared_with"),
        ({"kind": "audit", **DATASET, "model": "m", "explanation": "job:"}, "explanation"),
    ],
)
def test_a_job_without_an_id_is_needed_so_that_it_is_looked_for_and_not_found(
    document: dict[str, Any], field: str
) -> None:
    needs = spec_adapter.validate_python(document).needs()
    assert {**needs.results, **needs.jobs} == {field: ""}
