from __future__ import annotations

from typing import Any

from jobs.results.finding import (
    Blindness,
    DetectionRate,
    Effect,
    Finding,
    Findings,
    LeftOut,
    Severity,
    Verdict,
    counted,
    worst_first,
)
from jobs.results.sentence import Sentence
from jobs.results.verdicts.audit_verdict import audit_in_short, audit_sentences
from jobs.results.verdicts.verdict import SENTENCES_AT_MOST, verdict

ACCURACY = Effect(what="predicted correctly", value=0.8, low=0.7, high=0.9, n=100)


def finding(verdict: Verdict, severity: Severity, **changes: Any) -> Finding:
    return Finding(kind="place", verdict=verdict, severity=severity, words=f"{verdict} of {severity}.", **changes)


def findings(*found: Finding, **changes: Any) -> Findings:
    return Findings(
        job_id="a", model_id="m", dataset="d", split="test", images=100, accuracy=ACCURACY, findings=found, **changes
    )


def test_the_worst_come_first_and_shortcuts_before_others_that_weigh_the_same() -> None:
    leak, shortcut, odd = finding("leak", "high"), finding("shortcut", "high"), finding("odd_picture", "low")
    assert worst_first([odd, leak, shortcut]) == (shortcut, leak, odd)


def test_gates_compare_with_counts_by_verdict_and_severity() -> None:
    found = [finding("leak", "low"), finding("shortcut", "high"), finding("shortcut", "high")]
    assert counted(found) == {"shortcut:high": 2, "leak:low": 1}


def test_a_page_begins_with_the_worst_findings_each_with_the_place_that_shows_it() -> None:
    first = finding("shortcut", "high", class_name="rose", advice="Crop it.")
    sentences = audit_sentences(findings(first, finding("leak", "medium"), finding("outlier", "low")))
    text = "Shortcut (place), rose: shortcut of high. Crop it."
    assert sentences[0] == Sentence(text=text, evidence="finding-1", tone="bad")
    assert sentences[1].evidence == "finding-2"
    assert sentences[2].text == "One further finding is listed below."
    assert sentences[-1].text == "The model predicts 80.0 % of 100 images of test correctly (70.0 % to 90.0 %)."


def test_a_class_with_several_shortcuts_is_told_of_once() -> None:
    found = [finding("shortcut", "high", label=label, class_name=f"class {label}") for label in (3, 3, 4)]
    sentences = audit_sentences(findings(*found))
    assert [sentence.evidence for sentence in sentences[:3]] == ["finding-1", "finding-3", "finding-2"]
    assert sentences[2].text == "One further finding is listed below."


def test_a_page_begins_with_at_most_five_sentences() -> None:
    many = [finding("leak", "high") for _ in range(9)]
    assert len(audit_sentences(findings(*many))) == SENTENCES_AT_MOST


def test_no_shortcut_reassures_only_as_far_as_audits_were_measured() -> None:
    unmeasured = audit_sentences(findings())[0]
    assert unmeasured.tone == "plain"
    assert "not measured yet" in unmeasured.text
    rates = Blindness(measured_on="flowers", kinds=(DetectionRate(kind="place", planted=9, used=8, found=7),))
    measured = audit_sentences(findings(cannot_see=rates))[0]
    assert measured.tone == "good"
    assert "7 of 8 planted ones" in measured.text


def test_shortcuts_that_were_not_looked_for_do_not_reassure() -> None:
    missed = LeftOut(what="shortcuts by their place in maps", why="the explanation failed")
    sentence = audit_sentences(findings(left_out=(missed,)))[0]
    assert (sentence.evidence, sentence.tone) == ("left-out", "warn")
    assert "the explanation failed" in sentence.text


def test_other_pages_say_what_an_audit_found_that_weighs_much() -> None:
    heavy = audit_in_short({"shortcut:high": 1, "leak:medium": 2, "suspicion:low": 8})
    assert heavy.text.endswith("found shortcut (high): 1, leak between splits (medium): 2.")
    assert (heavy.tone, heavy.evidence) == ("bad", "audit")
    assert "no shortcut, but wrong labels (medium): 1" in audit_in_short({"label_error:medium": 1}).text
    assert audit_in_short({"suspicion:low": 8}).tone == "good"


def test_other_pages_do_not_say_that_there_is_no_shortcut_where_none_was_looked_for() -> None:
    left_out = ["shortcuts: the audit was not asked to", "slices with more errors: the images have no labels"]
    nothing, labels = audit_in_short({}, left_out), audit_in_short({"label_error:high": 1}, left_out)
    assert nothing.text.endswith(
        "found nothing that weighs much; whether the model uses a shortcut was not (fully) looked for."
    )
    assert "no shortcut" not in labels.text
    assert "wrong labels (high): 1; whether" in labels.text
    assert (nothing.tone, labels.tone) == ("warn", "bad")
    assert audit_in_short({}, left_out[1:]).tone == "good"


def test_the_verdict_of_an_audit_is_what_its_summary_says() -> None:
    said = [sentence.model_dump() for sentence in audit_sentences(findings(finding("shortcut", "high")))]
    assert [each.model_dump() for each in verdict("audit", {"verdict": said})] == said


def test_a_point_within_the_name_of_a_class_ends_no_sentence() -> None:
    words = "13 of 61 images of the slice Rosa sp. 1 are predicted wrong, 1.0 % of the others. More."
    slice_ = finding("slice", "high", class_name="Rosa sp. 1", label=1, advice="Collect more.")
    told = audit_sentences(findings(slice_.model_copy(update={"words": words})))[0].text
    assert told == (
        "Weak slice, Rosa sp. 1: 13 of 61 images of the slice Rosa sp. 1 are predicted wrong, 1.0 % of the others. "
        "Collect more."
    )
