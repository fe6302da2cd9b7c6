"""What a specification lists must stand there once."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from jobs.specs.spec import spec_adapter


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        ("explain", "methods", "gradcam"),
        ("evaluate", "severities", 2),
        ("audit", "looks_for", "labels"),
        ("export", "formats", "onnx"),
    ],
)
def test_what_stands_there_twice_is_refused(kind: str, field: str, value: Any) -> None:
    document = {"kind": kind, "model": "m", "dataset": "synthetic_flowers", field: [value, value]}
    if kind == "export":
        del document["dataset"]
    with pytest.raises(ValidationError, match=f"{value}, {value} names something twice") as refusal:
        spec_adapter.validate_python(document)
    assert refusal.value.errors()[0]["loc"] == (kind, field)
