from __future__ import annotations

from pathlib import Path

import pytest

from bench.audit.case import CLEAN, Case, cases
from bench.audit.detection import detection
from bench.audit.figures import false_alarms, shortcut_place, shortcut_recall
from bench.audit.kept_outcomes import keep, kept_outcome
from bench.audit.trial import Outcome
from ml.evaluation.predictions import wilson_interval


def outcome(
    plant: str, *, used: bool | None, found: bool = False, placed: bool | None = None, alarms: int = 0
) -> Outcome:
    return Outcome(Case("synthetic_flowers", plant, 0.95, 1, "held out"), used, found, placed, alarms, 9, {})


OUTCOMES = [
    outcome("square", used=True, found=True, placed=True),
    outcome("square", used=True, found=True, placed=False, alarms=1),
    outcome("blur", used=True, found=False),
    outcome("blur", used=False, alarms=2),
    outcome(CLEAN, used=None),
    outcome(CLEAN, used=None, alarms=1),
]


def test_recall_is_of_what_the_network_uses_with_wilsons_interval() -> None:
    low, high = wilson_interval(2, 3)
    expected = {"share": 0.667, "count": 2, "of": 3, "low": round(low, 3), "high": round(high, 3)}
    assert shortcut_recall(OUTCOMES)["shortcut_recall"] == expected


def test_places_are_of_used_marks_that_have_one() -> None:
    found = shortcut_place(OUTCOMES)["shortcut_place"]
    assert (found["count"], found["of"]) == (1, 2)


def test_false_alarms_are_counted_per_model_of_each_group() -> None:
    found = false_alarms(OUTCOMES)
    assert [found[f"false_alarms_{name}"]["per_model"] for name in ("clean", "unused", "beside_used")] == pytest.approx(
        [0.5, 2, 1 / 3], abs=1e-3
    )


def test_what_was_found_of_each_kind_is_counted() -> None:
    document = detection(OUTCOMES, measured_on="a test")
    assert {"kind": "square", "planted": 2, "used": 2, "found": 2} in document["kinds"]
    assert {"kind": "blur", "planted": 2, "used": 1, "found": 0} in document["kinds"]
    assert (document["clean_models"], document["false_alarms"]) == (2, 1)
    unused = [each for each in OUTCOMES if each.used is False]
    assert document["unused_models"] == len(unused) > 0
    assert document["unused_alarms"] == sum(each.false_alarms for each in unused) > 0


def test_no_model_on_which_thresholds_were_chosen_is_among_those_of_the_figures() -> None:
    chosen, held_out = ([case.seed for case in cases(purpose)] for purpose in ("choice", "held out"))
    assert set(chosen).isdisjoint(held_out)
    assert len(set(held_out)) == len(held_out)


def test_an_outcome_is_kept_for_a_run_that_goes_on(tmp_path: Path) -> None:
    assert kept_outcome(OUTCOMES[1].case, tmp_path) is None
    keep(OUTCOMES[1], tmp_path)
    assert kept_outcome(OUTCOMES[1].case, tmp_path) == OUTCOMES[1]
