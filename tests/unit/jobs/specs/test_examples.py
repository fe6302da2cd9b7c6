"""The specifications that the project hands out as examples are ones that it takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobs.specs.job_spec import JobSpec
from jobs.specs.spec import SPECS, spec_adapter

EXAMPLES = sorted((Path(__file__).parents[4] / "examples").glob("*.json"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_a_specification_that_would_be_taken(path: Path) -> None:
    spec_adapter.validate_json(path.read_bytes())


@pytest.mark.parametrize("kind", SPECS, ids=lambda kind: kind.kind_name())
def test_every_kind_of_job_has_an_example_that_would_be_taken(kind: type[JobSpec]) -> None:
    assert kind.example.summary
    assert isinstance(spec_adapter.validate_python(kind.example.document), kind)
