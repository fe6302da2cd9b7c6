from __future__ import annotations

from pathlib import Path

import pytest

from jobs.spec import spec_adapter

EXAMPLES = sorted((Path(__file__).parents[3] / "examples").glob("*.json"))


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_every_example_is_a_specification_that_would_be_taken(file: Path) -> None:
    spec_adapter.validate_json(file.read_bytes())
