from __future__ import annotations

import pytest

from jobs.names.near_name import did_you_mean, near_name
from jobs.names.tfds_names import TFDS_NAMES

NAMES = ("train", "validation", "test")


@pytest.mark.parametrize(("written", "meant"), [("tran", "train"), ("Train", "train"), ("validaton", "validation")])
def test_the_name_that_is_most_like_it_is_meant(written: str, meant: str) -> None:
    assert near_name(written, NAMES) == meant
    assert did_you_mean(written, NAMES) == f"; did you mean {meant!r}?"


def test_nothing_is_meant_where_no_name_is_alike() -> None:
    assert near_name("holdout", NAMES) is None
    assert did_you_mean("holdout", NAMES) == ""


def test_the_names_of_tfds_are_those_of_the_release_that_workers_have() -> None:
    import tensorflow_datasets as tfds  # noqa: PLC0415  (slow to load)

    assert frozenset(tfds.list_builders(with_community_datasets=False)) == TFDS_NAMES
