"""Says in at most five sentences what a person should make of a job, each with the place of its evidence.

What reassures is said only where the numbers carry it: with how many images, and with an interval.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from jobs.results.comparison.sentences import comparison_sentences
from jobs.results.sentence import Sentence
from jobs.results.wording import number, percent, points
from jobs.specs.explanation_methods import METHODS

Summary = Mapping[str, Any]
SENTENCES_AT_MOST = 5
NO_AUDIT = "These numbers do not say whether the model looks at the right thing: `florescope audit` looks into that."
_NAMED = 3
_MANY_UNREADABLE = 0.05
_WIDE = 0.1
"""An interval of the accuracy that is wider than this is told as a warning."""
_NEARLY_CALIBRATED = 0.05
"""Calibration reassures where the upper end of its interval is no more than this."""
_ENOUGH_FOR_A_PERCENTILE = 20
"""Of fewer images, the 95th percentile is the worst one or near to it."""
_NOT_LEARNT = 0.5
"""Rank correlation with the maps of a random network from which on maps hardly depend on what was learnt."""
_UNREADABLE = {"unconverged": "unconverged", "empty_cam": "empty", "non_finite": "without numbers"}


def verdict(
    kind: str, summary: Summary | None, *, complete: bool = True, audit: Sentence | None = None
) -> tuple[Sentence, ...]:
    """The sentences of a job's summary; none for kinds that are no verdict on a model, or where nothing was found.

    Args:
        kind: of the job.
        summary: of its end; those of older releases say less.
        complete: whether it came to its end.
        audit: what an audit of the same model found, if one was run.
    """
    judge = _VERDICTS.get(kind)
    if judge is None or not summary:
        return ()
    found = [sentence for sentence in judge(summary) if sentence is not None]
    if not complete and found:
        found[0] = _of_what_was_done(found[0])
    if kind not in _OF_A_MODEL:
        return tuple(found[:SENTENCES_AT_MOST])
    last = audit or Sentence(text=NO_AUDIT, evidence="audit", tone="warn")
    return (*found[: SENTENCES_AT_MOST - 1], last)


def _explanation(summary: Summary) -> Iterator[Sentence | None]:
    yield _accuracy(summary, judged=_whole(summary.get("explained")) - _whole(summary.get("without_label")))
    yield _weak_classes(summary)
    yield _maps(summary)
    yield _learnt(summary)


def _evaluation(summary: Summary) -> Iterator[Sentence | None]:
    yield _accuracy(summary, judged=_whole(summary.get("images")) - _whole(summary.get("failed")))
    yield _weak_classes(summary)
    yield _since_earlier(summary)
    yield _calibration(summary)
    yield _robustness(summary)


def _of_what_was_done(sentence: Sentence) -> Sentence:
    text = f"{sentence.text.removesuffix('.')}; the job did not come to its end, so all numbers are of what was done."
    return sentence.model_copy(update={"text": text, "tone": "warn"})


def _accuracy(summary: Summary, *, judged: int) -> Sentence:
    share = summary.get("accuracy")
    if share is None:
        why = summary.get("labels_left_out")
        text = "Nothing says how often the model is correct: no image was judged" + (f", since {why}." if why else ".")
        return Sentence(text=text, evidence="numbers", tone="warn")
    count = _whole(summary.get("judged")) or judged
    failed = _whole(summary.get("failed"))
    text = f"{percent(share)} of {number(count)} images are predicted correctly{_interval(summary)}"
    text += f"; {number(failed)} more failed." if failed else "."
    low, high = summary.get("accuracy_interval_95") or (0.0, 0.0)
    return Sentence(text=text, evidence="numbers", tone="warn" if failed or high - low > _WIDE else "plain")


def _interval(summary: Summary) -> str:
    found = summary.get("accuracy_interval_95")
    return f" (95 % interval {percent(found[0])} to {percent(found[1])})" if found else ""


def _weak_classes(summary: Summary) -> Sentence | None:
    weak = summary.get("weak_classes")
    if not weak:
        return None
    if not weak["found"]:
        text = (
            f"No class is predicted worse than the others beyond chance, of {weak['tested']} tested with "
            f"{number(weak['median_images'])} images each in the median: smaller gaps would not show."
        )
        return Sentence(text=text, evidence="weak-classes")
    named = ", ".join(f"{each['name']} ({each['correct']} of {each['images']})" for each in weak["classes"][:_NAMED])
    more = weak["found"] - min(_NAMED, len(weak["classes"]))
    text = f"{_classes(weak['found'])} predicted worse than the others beyond chance: {named}"
    return Sentence(text=text + (f" and {more} more." if more else "."), evidence="weak-classes", tone="bad")


def _maps(summary: Summary) -> Sentence | None:
    explained, flags = _whole(summary.get("explained")), summary.get("flags") or {}
    if not explained:
        return None
    told = [f"{number(flags[name])} {said}" for name, said in _UNREADABLE.items() if flags.get(name)]
    if told:
        many = sum(flags.get(name, 0) for name in _UNREADABLE) > _MANY_UNREADABLE * explained
        text = f"Do not read every map of the {number(explained)} explained images: {', '.join(told)}."
        return Sentence(text=text, evidence="flags", tone="bad" if many else "warn")
    error = summary.get("map_error_p95")
    if error is None:
        return Sentence(text="No map is empty or without numbers.", evidence="numbers")
    images = _whole(summary.get("map_error_images"))
    text = (
        f"All maps of Integrated Gradients reached their tolerance; 95 % of {number(images)} are estimated to be "
        f"within {percent(error)} of the exact map."
    )
    return Sentence(text=text, evidence="numbers", tone="good" if images >= _ENOUGH_FOR_A_PERCENTILE else "plain")


def _learnt(summary: Summary) -> Sentence | None:
    """Whether a method's maps stay as they are where the weights are random (Adebayo et al. 2018)."""
    for method, stages in (summary.get("cascade") or {}).items():
        signed = stages[-1].get("signed") if stages else None
        if signed and abs(signed["mean"]) >= _NOT_LEARNT:
            title = METHODS[method].title if method in METHODS else method
            text = (
                f"Maps of {title} hardly depend on what the model has learnt: with random weights they stay alike "
                f"(rank correlation {number(signed['mean'])}, {number(signed['images'])} images)."
            )
            return Sentence(text=text, evidence="quality", tone="bad")
    return None


def _since_earlier(summary: Summary) -> Sentence | None:
    change = summary.get("compared_with") or {}
    if change.get("left_out"):
        return Sentence(text=f"Not compared: {change['left_out']}.", evidence="compared-with", tone="warn")
    if change.get("difference") is None:
        return None
    low, high = change["interval_95"]
    text = (
        f"Since evaluation {change['job_id']} {number(change['fixed'])} images are mended and "
        f"{number(change['broken'])} broken, of {number(change['images'])}: {points(change['difference'])} points "
        f"(95 % interval {points(low)} to {points(high)})"
    )
    if low > 0 or high < 0:
        return Sentence(text=f"{text}.", evidence="compared-with", tone="good" if low > 0 else "bad")
    return Sentence(text=f"{text}, no more than chance would make.", evidence="compared-with")


def _calibration(summary: Summary) -> Sentence | None:
    error, interval = (summary.get(f"expected_calibration_error{end}") for end in ("", "_interval_95"))
    chance = summary.get("expected_calibration_error_if_perfect_p95")
    if error is None or not interval or chance is None:
        return None
    measured = f"{percent(error)} (95 % interval {percent(interval[0])} to {percent(interval[1])})"
    if error > chance:
        text = (
            f"Do not take confidences at their word: they are off by {measured} on average, and a calibrated model's "
            f"by more than {percent(chance)} once in twenty."
        )
        return Sentence(text=text, evidence="calibration", tone="warn")
    text = f"Confidences are off by {measured} on average, no more than chance would make of a calibrated model."
    return Sentence(text=text, evidence="calibration", tone="good" if interval[1] <= _NEARLY_CALIBRATED else "plain")


def _robustness(summary: Summary) -> Sentence | None:
    corrupted, under = summary.get("mean_corrupted_accuracy"), summary.get("accuracy_under") or {}
    accuracy = summary.get("accuracy")
    if corrupted is None or accuracy is None or not under:
        return None
    worst = min(under, key=lambda name: float(under[name]))
    text = (
        f"Under {_counted(len(under), 'corruption')} {percent(corrupted)} are predicted correctly on average, the "
        f"fewest under {worst} ({percent(under[worst])})."
    )
    return Sentence(text=text, evidence="robustness", tone="warn" if accuracy - corrupted > _WIDE else "plain")


def _classes(count: int) -> str:
    return "1 class is" if count == 1 else f"{count} classes are"


def _audit(summary: Summary) -> Iterator[Sentence | None]:
    """An audit writes its sentences into its summary, as they rest on findings that are not there."""
    yield from map(Sentence.model_validate, summary.get("verdict") or ())


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _whole(value: object) -> int:
    return int(value) if isinstance(value, int | float) else 0


_OF_A_MODEL = frozenset({"explain", "evaluate"})
"""Kinds whose verdict says what only an audit can tell."""
_VERDICTS: Mapping[str, Callable[[Summary], Iterator[Sentence | None]]] = {
    "explain": _explanation,
    "evaluate": _evaluation,
    "compare": comparison_sentences,
    "audit": _audit,
}
