"""Says in at most five sentences what an audit means, each with the place on its page that shows the evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from jobs.results.finding import TITLES, Finding, Findings
from jobs.results.sentence import Sentence, Tone
from jobs.results.verdicts.verdict import SENTENCES_AT_MOST
from jobs.results.wording import percent, words

ACCURACY, LEFT_OUT, CANNOT_SEE = "numbers", "left-out", "cannot-see"
AUDIT = "audit"
_SHORTCUTS = "shortcuts"
"""How what was left out begins where it concerns shortcuts."""


def finding_id(number: int) -> str:
    """The id of the element that shows the finding of this number, from 0."""
    return f"finding-{number + 1}"


def audit_sentences(found: Findings) -> tuple[Sentence, ...]:
    """The worst findings first; where there is none, how far that reassures."""
    told = _told(found.findings)[: SENTENCES_AT_MOST - 2]
    sentences = [_of_finding(number, found.findings[number]) for number in told]
    rest = [number for number in range(len(found.findings)) if number not in told]
    if rest and told:
        sentences.append(_further(len(rest), rest[0]))
    if not any(each.verdict == "shortcut" for each in found.findings):
        sentences.append(_no_shortcut(found))
    return (*sentences[: SENTENCES_AT_MOST - 1], _accuracy(found))


def audit_in_short(counts: Mapping[str, int], left_out: Sequence[str] = ()) -> Sentence:
    """What an audit found, for the page of another job of the same model and images.

    Args:
        counts: findings by ``verdict:severity``, as the summary of the audit has them.
        left_out: what it did not look for, as its summary has it; it found no shortcut only if it looked for some.
    """
    titles = {str(verdict): title for verdict, title in TITLES.items()}
    split = [(*name.partition(":")[::2], count) for name, count in counts.items()]
    heavy = [(verdict, severity, count) for verdict, severity, count in split if severity != "low"]
    named = ", ".join(
        f"{titles.get(verdict, verdict).lower()} ({severity}): {count}" for verdict, severity, count in heavy
    )
    tone: Tone = "bad" if "high" in {each for _, each, _ in heavy} else "warn" if heavy else "good"
    if any(verdict == "shortcut" for verdict, _, _ in heavy):
        return _in_short(f"found {named}", tone)
    if any(each.startswith(_SHORTCUTS) for each in left_out):
        found = named or "nothing that weighs much"
        unsure = f"found {found}; whether the model uses a shortcut was not (fully) looked for"
        return _in_short(unsure, "warn" if tone == "good" else tone)
    return _in_short(f"found no shortcut, {f'but {named}' if named else 'and nothing else that weighs much'}", tone)


def _in_short(found: str, tone: Tone) -> Sentence:
    return Sentence(text=f"An audit of this model and these images {found}.", evidence=AUDIT, tone=tone)


def _told(findings: Sequence[Finding]) -> list[int]:
    """The numbers of those that weigh enough; of several of one verdict about one class, the first."""
    first: dict[tuple[str, int], int] = {}
    for number, each in enumerate(findings):
        if each.severity != "low":
            first.setdefault((each.verdict, -1 - number if each.label is None else each.label), number)
    return list(first.values())


def _of_finding(number: int, finding: Finding) -> Sentence:
    kind = f" ({words(finding.kind)})" if finding.verdict == "shortcut" else ""
    of_class = f", {finding.class_name}" if finding.class_name else ""
    text = f"{TITLES[finding.verdict]}{kind}{of_class}: {_first_sentence(finding)}. {finding.advice}".strip()
    return Sentence(text=text, evidence=finding_id(number), tone="bad" if finding.severity == "high" else "warn")


def _first_sentence(finding: Finding) -> str:
    """The first sentence of its words, without the point; points within the name of its class end none."""
    name = finding.class_name
    words = finding.words.replace(name, name.replace(". ", ".\0")) if name else finding.words
    return words.partition(". ")[0].rstrip(".").replace("\0", " ")


def _further(count: int, first: int) -> Sentence:
    more = "one further finding is" if count == 1 else f"{count} further findings are"
    return Sentence(text=f"{more.capitalize()} listed below.", evidence=finding_id(first))


def _no_shortcut(found: Findings) -> Sentence:
    missed = next((each for each in found.left_out if each.what.startswith(_SHORTCUTS)), None)
    if missed is not None:
        text = f"Whether the model uses a shortcut was not (fully) looked for: {missed.why}."
        return Sentence(text=text, evidence=LEFT_OUT, tone="warn")
    rates = found.cannot_see
    used, hit = sum(kind.used for kind in rates.kinds), sum(kind.found for kind in rates.kinds)
    if not used:
        text = "No shortcut was confirmed; how often this audit finds one that is there is not measured yet."
        return Sentence(text=text, evidence=CANNOT_SEE, tone="plain")
    text = f"No shortcut was confirmed, by an audit that named {hit} of {used} planted ones that models used."
    return Sentence(text=text, evidence=CANNOT_SEE, tone="good")


def _accuracy(found: Findings) -> Sentence:
    accuracy = found.accuracy
    if accuracy is None:
        text = f"{found.images} images of {found.split} were looked at; without labels, nothing is correct or wrong."
        return Sentence(text=text, evidence=LEFT_OUT, tone="plain")
    bounds = f"{percent(accuracy.low)} to {percent(accuracy.high)}"
    text = f"The model predicts {percent(accuracy.value)} of {accuracy.n} images of {found.split} correctly ({bounds})."
    return Sentence(text=text, evidence=ACCURACY, tone="plain")
