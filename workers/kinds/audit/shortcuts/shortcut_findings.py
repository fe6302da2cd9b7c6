"""Findings about shortcuts: what interventions confirmed, and what stays a suspicion."""

from __future__ import annotations

from collections.abc import Sequence

from jobs.results.finding import Box, Effect, Evidence, Finding, Severity
from ml.audit.shortcuts.confirmation import Confirmation
from ml.audit.shortcuts.control_test import LEVEL
from ml.audit.shortcuts.effect import Effect as Changed
from ml.audit.shortcuts.effect import least_measured
from ml.audit.shortcuts.suspicion import Place, Suspicion
from workers.kinds.audit.given.looked_at import MOST_SHOWN, SplitImages
from workers.kinds.audit.shortcuts.same_shortcut import same_shortcuts

MOST_SUSPICIONS = 8
_PASTED = "of images of other classes, share that turns to this class when it is pasted into them"
_REMOVED = "of images of this class, share that is lost when it is removed"
_RANDOM = "the same by the control that comes nearest: another region, another class or another change"


def shortcut_findings(
    confirmations: Sequence[Confirmation], audited: SplitImages, class_names: Sequence[str]
) -> list[Finding]:
    """A finding of each thing that was confirmed, and of the first ``MOST_SUSPICIONS`` of the other suspicions.

    Confirmed suspicions of one thing are one finding: the strongest, which says how else it was seen. What was not
    tried and says the same of a class as one before it is left out.
    """
    shown = same_shortcuts([each for each in confirmations if each.confirmed])
    shown += [[each] for each in _different([each for each in confirmations if not each.confirmed])[:MOST_SUSPICIONS]]
    return [_finding(each, also, audited, class_names[each.suspicion.label]) for each, *also in shown]


def _different(unconfirmed: Sequence[Confirmation]) -> list[Confirmation]:
    said, different = set[tuple[int, str]](), []
    for each in unconfirmed:
        about = (each.suspicion.label, each.suspicion.words)
        if each.pasted.of or about not in said:
            different.append(each)
        said.add(about)
    return different


def _finding(
    confirmation: Confirmation, also: Sequence[Confirmation], audited: SplitImages, class_name: str
) -> Finding:
    suspicion = confirmation.suspicion
    effect, control = _stronger(confirmation)
    other = confirmation.removed if effect is confirmation.pasted else confirmation.pasted
    named = {id(confirmation.pasted): _PASTED, id(confirmation.removed): _REMOVED}
    return Finding(
        kind=suspicion.kind,
        verdict="shortcut" if confirmation.confirmed else "suspicion",
        severity=_severity(confirmation),
        label=suspicion.label,
        class_name=class_name,
        images=len(suspicion.images),
        share=suspicion.share,
        effect=_effect(named[id(effect)], effect) if effect.of else None,
        beside=_measured((_RANDOM, control), (named[id(other)], other)),
        place=_box(suspicion.place),
        image_ids=audited.ids(suspicion.images),
        evidence=_shown(suspicion, audited),
        words=_words(confirmation),
        advice=_advice(suspicion, confirmed=confirmation.confirmed),
        certainty=_certainty(confirmation, effect),
        also=tuple(_words(each) for each in also),
    )


def _words(confirmation: Confirmation) -> str:
    """What weighs most comes first: of a shortcut what it does, of a suspicion what stands out."""
    does, stands_out = _sentence(confirmation.words), _sentence(confirmation.suspicion.words)
    return f"{does} {stands_out}" if confirmation.confirmed else f"{stands_out} {does}"


def _stronger(confirmation: Confirmation) -> tuple[Changed, Changed]:
    """The larger effect, beside its control."""
    if confirmation.removed.share > confirmation.pasted.share:
        return confirmation.removed, confirmation.removed_random
    return confirmation.pasted, confirmation.pasted_random


def _severity(confirmation: Confirmation) -> Severity:
    """High where most pictures follow the shortcut, or half of the class hang on it."""
    if not confirmation.confirmed:
        return "low"
    lost = confirmation.removed.share * confirmation.suspicion.share
    return "high" if confirmation.pasted.share >= 0.5 or lost >= 0.2 else "medium"


def _measured(*named: tuple[str, Changed]) -> tuple[Effect, ...]:
    """Those that were measured on any image."""
    return tuple(_effect(what, found) for what, found in named if found.of)


def _effect(what: str, found: Changed) -> Effect:
    return Effect(what=what, value=found.share, low=found.low, high=found.high, n=found.of)


def _shown(suspicion: Suspicion, audited: SplitImages) -> tuple[Evidence, ...]:
    places = suspicion.places or (suspicion.place,) * len(suspicion.images)
    shown = list(zip(suspicion.images, places, strict=False))[:MOST_SHOWN]
    return tuple(
        audited.shown(row, str(audited.seen.image_ids[row])).model_copy(update={"place": _box(place)})
        for row, place in shown
    )


def _box(place: Place | None) -> Box | None:
    return Box(top=place.top, left=place.left, bottom=place.bottom, right=place.right) if place else None


def _advice(suspicion: Suspicion, *, confirmed: bool) -> str:
    where = "what is marked in the pictures" if suspicion.place or suspicion.places else f"the {suspicion.kind}"
    if confirmed:
        return f"Make {where} alike in all classes (crop, cover or collect anew), train again, and audit again."
    return f"Look whether {where} belongs to what the class shows."


def _certainty(confirmation: Confirmation, effect: Changed) -> str:
    suspicion = confirmation.suspicion
    chance = f"it stands out with p = {suspicion.p_value:.2g} after {suspicion.looks} looks"
    if confirmation.confirmed:
        by_chance = f"p = {confirmation.p_value:.2g} for so much more than the controls, after all that were tried"
        return f"Confirmed by intervention, {by_chance}; {chance}."
    return f"Not confirmed: {_reason(confirmation, effect)}; {chance}."


def _reason(confirmation: Confirmation, effect: Changed) -> str:
    """Why it is not confirmed, though its larger effect is this one."""
    if not effect.of:
        return "there are too few images to try it on"
    if effect.share < least_measured(confirmation.suspicion.kind):
        return "changing it does not change enough predictions"
    if confirmation.p_value <= LEVEL:
        return "it may be a part of the subject itself"
    return "changing it does not clearly change more predictions than the controls do"


def _sentence(words: str) -> str:
    found = words.strip().rstrip(".")
    return f"{found[:1].upper()}{found[1:]}." if found else ""
