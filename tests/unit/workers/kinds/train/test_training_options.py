"""The strengths of augmentation and mixing stand in ``jobs`` and in ``ml``, which may not import each other."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, get_args

import pytest

from jobs.specs import pipeline_spec, train_splits
from ml.training import training_data
from ml.training.augmentation import mixing, strengths


@pytest.mark.parametrize(
    ("asked", "computed"),
    [(pipeline_spec.Augmentation, strengths.Augmentation), (pipeline_spec.Mixing, mixing.Mixing)],
)
def test_a_specification_has_the_fields_and_defaults_of_what_is_computed(asked: Any, computed: Any) -> None:
    defaults = {each.name: each.default for each in fields(computed)}
    assert {name: field.default for name, field in asked.model_fields.items()} == defaults


def test_a_specification_knows_the_policies_that_there_are() -> None:
    assert get_args(pipeline_spec.PolicyName) == get_args(strengths.Policy)


def test_splits_are_joined_by_the_same_sign() -> None:
    assert train_splits.TOGETHER == training_data.TOGETHER
