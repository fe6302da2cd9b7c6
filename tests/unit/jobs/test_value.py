"""How stored documents are read that are damaged."""

from __future__ import annotations

import pytest

from jobs.errors import Corrupt
from jobs.turns.turn import ProjectWeight


@pytest.mark.parametrize("version", ["1e999", "-1e999", "NaN", '"two"', "[]", "null", "{}", "9" * 5000])
def test_a_document_whose_version_is_no_number_is_damaged(version: str) -> None:
    with pytest.raises(Corrupt, match="stored ProjectWeight cannot be read"):
        ProjectWeight.decode(f'{{"schema_version": {version}, "project": "rose"}}'.encode())
