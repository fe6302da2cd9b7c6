"""The sentences at the head of a job: right for good, bad, unlabelled, cancelled and old summaries."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.results.sentence import Sentence
from jobs.results.verdicts.verdict import NO_AUDIT, SENTENCES_AT_MOST, verdict

ACCURATE = {"accuracy": 0.9, "judged": 1000, "accuracy_interval_95": [0.88, 0.917], "failed": 0}
NO_WEAK = {"tested": 9, "median_images": 110.0, "found": 0, "classes": []}
WEAK = {
    "tested": 9,
    "median_images": 40.0,
    "found": 4,
    "classes": [{"label": n, "name": f"flower {n}", "images": 40, "correct": 10 + n} for n in range(4)],
}
EXPLAINED = {**ACCURATE, "images": 1000, "explained": 1000, "without_label": 0, "weak_classes": NO_WEAK, "flags": {}}
CALIBRATED = {
    "expected_calibration_error": 0.02,
    "expected_calibration_error_interval_95": [0.015, 0.03],
    "expected_calibration_error_if_perfect_p95": 0.025,
}
EVALUATED = {**ACCURATE, **CALIBRATED, "images": 1000, "weak_classes": NO_WEAK}


def texts(kind: str, summary: dict[str, Any], **options: Any) -> list[str]:
    return [sentence.text for sentence in verdict(kind, summary, **options)]


def tones(kind: str, summary: dict[str, Any]) -> list[str]:
    return [sentence.tone for sentence in verdict(kind, summary)]


def about(evidence: str, kind: str, summary: dict[str, Any]) -> Sentence:
    return next(sentence for sentence in verdict(kind, summary) if sentence.evidence == evidence)


def test_accuracy_comes_first_with_its_interval_and_how_many_images() -> None:
    assert texts("explain", EXPLAINED)[0] == (
        "90.0 % of 1,000 images are predicted correctly (95 % interval 88.0 % to 91.7 %)."
    )


def test_good_numbers_without_an_audit_end_with_what_they_do_not_say() -> None:
    for kind, summary in (("explain", EXPLAINED), ("evaluate", EVALUATED)):
        assert texts(kind, summary)[-1] == NO_AUDIT
        assert verdict(kind, summary)[-1] == Sentence(text=NO_AUDIT, evidence="audit", tone="warn")


def test_an_audit_takes_the_place_of_that() -> None:
    audited = Sentence(text="An audit found 1 shortcut.", evidence="audit", tone="bad")
    assert verdict("explain", EXPLAINED, audit=audited)[-1] == audited
    assert NO_AUDIT not in texts("explain", EXPLAINED, audit=audited)


def test_weak_classes_are_named_the_weakest_first() -> None:
    found = about("weak-classes", "evaluate", {**EVALUATED, "weak_classes": WEAK})
    assert found.tone == "bad"
    assert found.text == (
        "4 classes are predicted worse than the others beyond chance: flower 0 (10 of 40), flower 1 (11 of 40), "
        "flower 2 (12 of 40) and 1 more."
    )


def test_that_no_class_stands_out_says_how_many_images_that_rests_on() -> None:
    found = about("weak-classes", "explain", EXPLAINED)
    assert "of 9 tested with 110 images each" in found.text
    assert found.tone == "plain"


def test_maps_that_cannot_be_read_are_counted() -> None:
    few = about("flags", "explain", {**EXPLAINED, "flags": {"unconverged": 3, "empty_cam": 2, "absolute_tolerance": 9}})
    assert few.text == "Do not read every map of the 1,000 explained images: 3 unconverged, 2 empty."
    assert few.tone == "warn"
    assert about("flags", "explain", {**EXPLAINED, "flags": {"unconverged": 300}}).tone == "bad"


def test_exact_maps_are_called_so_only_where_their_error_was_estimated() -> None:
    known = {**EXPLAINED, "map_error_p95": 0.048, "map_error_images": 1000}
    assert "within 4.8 % of the exact map" in texts("explain", known)[2]
    assert tones("explain", known)[2] == "good"
    assert tones("explain", {**known, "map_error_images": 8})[2] == "plain"
    assert texts("explain", EXPLAINED)[2] == "No map is empty or without numbers."
    assert tones("explain", EXPLAINED)[2] == "plain"


def test_maps_that_stay_alike_with_random_weights_are_named() -> None:
    def cascade(mean: float) -> dict[str, Any]:
        return {"gradcam": [{"signed": {"mean": 0.9, "images": 32}}, {"signed": {"mean": mean, "images": 32}}]}

    found = about("quality", "explain", {**EXPLAINED, "cascade": cascade(0.8)})
    assert found.text.startswith("Maps of GradCAM hardly depend on what the model has learnt")
    assert "quality" not in {each.evidence for each in verdict("explain", {**EXPLAINED, "cascade": cascade(0.1)})}


def test_confidences_reassure_only_where_chance_explains_a_small_error() -> None:
    assert about("calibration", "evaluate", EVALUATED).tone == "good"
    few = {**EVALUATED, "expected_calibration_error_interval_95": [0.0, 0.18]}
    assert about("calibration", "evaluate", few).tone == "plain"
    worse = about("calibration", "evaluate", {**EVALUATED, "expected_calibration_error": 0.04})
    assert worse.tone == "warn"
    assert worse.text.startswith("Do not take confidences at their word: they are off by 4.0 %")


def test_the_worst_condition_of_capture_is_named() -> None:
    robust = {**EVALUATED, "mean_corrupted_accuracy": 0.7, "accuracy_under": {"blur": 0.5, "jpeg": 0.9}}
    found = about("robustness", "evaluate", robust)
    assert found.tone == "warn"
    assert found.text.endswith("the fewest under blur (50.0 %).")


def test_without_labels_nothing_is_said_of_accuracy_but_why() -> None:
    summary = {**EXPLAINED, "accuracy": None, "judged": 0, "labels_left_out": "the folder names no class"}
    summary = {name: value for name, value in summary.items() if name not in {"weak_classes", "accuracy_interval_95"}}
    first = verdict("explain", summary)[0]
    assert first.text == (
        "Nothing says how often the model is correct: no image was judged, since the folder names no class."
    )
    assert first.tone == "warn"


def test_a_cancelled_job_says_that_its_numbers_are_of_what_was_done() -> None:
    first = verdict("explain", EXPLAINED, complete=False)[0]
    assert first.text.endswith("; the job did not come to its end, so all numbers are of what was done.")
    assert first.tone == "warn"


def test_failed_images_and_wide_intervals_ask_for_care() -> None:
    assert "; 12 more failed." in texts("explain", {**EXPLAINED, "failed": 12})[0]
    assert tones("explain", {**EXPLAINED, "failed": 12})[0] == "warn"
    assert tones("explain", {**EXPLAINED, "accuracy_interval_95": [0.7, 0.99]})[0] == "warn"


def test_summaries_of_the_first_release_say_what_they_can() -> None:
    old = {
        "images": 8,
        "explained": 8,
        "failed": 0,
        "accuracy": 0.5,
        "flags": {"unconverged": 1},
        "converged_share": 0.9,
    }
    assert texts("explain", old) == [
        "50.0 % of 8 images are predicted correctly.",
        "Do not read every map of the 8 explained images: 1 unconverged.",
        NO_AUDIT,
    ]
    assert texts("evaluate", {"images": 8, "failed": 2, "accuracy": 0.5})[0] == (
        "50.0 % of 6 images are predicted correctly; 2 more failed."
    )


@pytest.mark.parametrize(("kind", "summary"), [("train", {"accuracy": 0.9}), ("explain", None), ("evaluate", {})])
def test_what_is_no_verdict_on_a_model_has_none(kind: str, summary: dict[str, Any] | None) -> None:
    assert verdict(kind, summary) == ()


PARTS: dict[str, Any] = {
    **EXPLAINED,
    **EVALUATED,
    "weak_classes": WEAK,
    "mean_corrupted_accuracy": 0.1,
    "accuracy_under": {"blur": 0.1},
    "cascade": {"gradcam": [{"signed": {"mean": 0.9, "images": 3}}]},
    "flags": {"non_finite": 900},
}


@given(st.sets(st.sampled_from(sorted(PARTS))), st.sampled_from(["explain", "evaluate"]), st.booleans())
def test_whatever_a_summary_lacks_there_are_at_most_five_sentences(names: set[str], kind: str, complete: bool) -> None:
    found = verdict(kind, {name: PARTS[name] for name in names}, complete=complete)
    assert len(found) <= SENTENCES_AT_MOST
    assert not names or found[-1].text == NO_AUDIT


COMPARED: dict[str, Any] = {
    "images": 1000,
    "judged": 1000,
    "first_accuracy": 0.9,
    "second_accuracy": 0.93,
    "difference": 0.03,
    "interval_95": [0.012, 0.048],
    "fixed": 50,
    "broken": 20,
    "p_value": 0.00046,
    "classes_worse": ["rose"],
    "classes_better": [],
    "map_correlation": {"gradcam": {"mean": 0.62, "images": 1000}},
    "left_out": [],
}


def test_a_comparison_says_the_difference_what_broke_and_how_alike_the_maps_are() -> None:
    assert texts("compare", COMPARED) == [
        "The second job predicts 93.0 % of 1,000 images correctly, the first 90.0 %: +3.0 points (95 % interval +1.2 "
        "to +4.8), p = 0.00046 by McNemar's exact test.",
        "The second mends 50 images and breaks 20.",
        "1 class is predicted worse beyond chance: rose.",
        "Maps of 1,000 images have a mean rank correlation of GradCAM 0.62.",
    ]
    assert tones("compare", COMPARED) == ["good", "plain", "bad", "plain"]


def test_a_difference_that_chance_would_make_is_called_so() -> None:
    first = verdict("compare", {**COMPARED, "interval_95": [-0.01, 0.048]})[0]
    assert first.text.endswith("by McNemar's exact test: no more than chance would make.")
    assert first.tone == "plain"


def test_two_jobs_without_labels_are_compared_by_their_maps() -> None:
    found = texts("compare", {"images": 4, "judged": 0, "map_correlation": {}, "left_out": ["No image is judged."]})
    assert found == ["Not compared: No image is judged."]
