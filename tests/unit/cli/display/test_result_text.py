"""The table of images shows the value by which the API has sorted it."""

from __future__ import annotations

from typing import Any

import pytest

from cli.display.result_text import print_results

IMAGE = {
    "image_id": "rose/1.jpg",
    "outcome": "correct",
    "label": 0,
    "label_name": "rose",
    "prediction": 0,
    "prediction_name": "rose",
    "confidence": 0.9,
    "error": None,
}


def map_of(method: str, **values: float | None) -> dict[str, Any]:
    return {"method": method, "flags": [], "values": values}


def shown(capsys: pytest.CaptureFixture[str], *maps: dict[str, Any], method: str | None = None) -> str:
    """What the column of the deletion says."""
    print_results([{**IMAGE, "methods": list(maps)}], sort="-deletion_auc", method=method)
    return capsys.readouterr().out.splitlines()[-1].split()[-1]


def test_the_value_is_that_of_the_method_that_was_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    maps = (map_of("gradcam", deletion_auc=0.25), map_of("integrated_gradients", deletion_auc=0.75))
    assert shown(capsys, *maps) == "0.25"
    assert shown(capsys, *maps, method="integrated_gradients") == "0.75"


def test_where_the_first_method_has_no_number_that_of_the_next_one_counts(capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        shown(capsys, map_of("gradcam", deletion_auc=None), map_of("integrated_gradients", deletion_auc=0.75)) == "0.75"
    )


def test_the_map_of_a_further_class_does_not_stand_in_for_the_first(capsys: pytest.CaptureFixture[str]) -> None:
    maps = (map_of("gradcam", deletion_auc=None), map_of("integrated_gradients", deletion_auc=0.75))
    assert shown(capsys, *maps) == "0.75"


def test_an_image_that_nobody_measured_has_no_value(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys, map_of("gradcam", focus=0.5)) == "–"
