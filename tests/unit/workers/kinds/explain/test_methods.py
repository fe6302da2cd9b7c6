"""A method of explanation is known by the same name wherever it has to be."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobs.models.artifact import GALLERY
from jobs.specs.explain_spec import ExplainSpec
from jobs.specs.explanation_methods import METHODS
from jobs.specs.installed_methods import FILES_OF_SHARDS
from ml.attribution import explanation
from ml.attribution.layer_methods import LAYER_METHODS
from workers.kinds.explain.pooled_features import NAME as FEATURES
from workers.kinds.explain.shard_size import FORWARD_ONLY_SIZE, _unmeasured

DOCS = Path(__file__).parents[5] / "docs"
PAGE = (DOCS / "explanations.md").read_text(encoding="utf-8")
METHODS_PAGE = (DOCS / "explainers.md").read_text(encoding="utf-8")
NAMED = next(line for line in PAGE.splitlines() if line.startswith("| `method` "))


def test_what_can_be_asked_for_is_what_can_be_computed() -> None:
    assert set(METHODS) == set(explanation.METHODS), "jobs/specs/explanation_methods.py and ml/attribution differ"


def test_the_methods_of_a_layer_are_those_that_are_computed_in_the_forward_pass() -> None:
    assert {name for name, method in METHODS.items() if method.of_layer} == set(LAYER_METHODS)


@pytest.mark.parametrize("name", METHODS)
def test_the_documentation_names_each_method(name: str) -> None:
    assert f"`{name}`" in NAMED, f"docs/explanations.md, in the row of the column `method`: {NAMED}"
    assert METHODS[name].title in PAGE
    assert f"| `{name}` | **{METHODS[name].title}**" in METHODS_PAGE, "docs/explainers.md, the table of methods"


@pytest.mark.parametrize("name", METHODS)
def test_shards_are_larger_where_one_forward_pass_is_all(name: str) -> None:
    spec = ExplainSpec(kind="explain", model="m", dataset="d", methods=(name,))
    assert (_unmeasured(spec) == FORWARD_ONLY_SIZE) == METHODS[name].of_layer


def test_no_method_is_called_as_the_other_files_of_a_shard_are() -> None:
    assert {name.removesuffix(".npz") for name in (GALLERY, FEATURES)} == FILES_OF_SHARDS
    assert FILES_OF_SHARDS.isdisjoint(METHODS)
