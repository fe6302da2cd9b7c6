"""The specifications that the project hands out as examples are ones that it takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.submission.examples import SPECS
from jobs.specs.spec import KINDS, spec_adapter

EXAMPLES = sorted((Path(__file__).parents[4] / "examples").glob("*.json"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_a_specification_that_would_be_taken(path: Path) -> None:
    spec_adapter.validate_json(path.read_bytes())


def test_the_api_shows_a_valid_example_of_every_kind() -> None:
    kinds = {spec_adapter.validate_python(example["value"]).kind for example in SPECS.values()}
    assert kinds == set(KINDS)
