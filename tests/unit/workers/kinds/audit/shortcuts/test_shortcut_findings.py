from __future__ import annotations

import numpy as np
import pytest

from ml.audit.shortcuts.confirmation import Confirmation
from ml.audit.shortcuts.effect import Effect, effect
from ml.audit.shortcuts.suspicion import Place, Suspicion
from tests.unit.workers.kinds.audit.given.test_split_pictures import seen
from workers.kinds.audit.given.looked_at import SplitImages
from workers.kinds.audit.shortcuts.shortcut_findings import shortcut_findings
from workers.kinds.audit.shortcuts.suspected import confirmation_json, read_confirmation, read_suspicion, suspicion_json

SUSPICION = Suspicion(
    kind="place",
    label=1,
    share=0.5,
    statistic=9.0,
    p_value=0.01,
    looks=20,
    images=(2, 0),
    place=Place(0.0, 0.25, 0.5, 0.75),
    words="the maps of this class gather at one place",
)


def changed(count: int, of: int = 40) -> Effect:
    return effect(np.arange(of) < count)


def confirmation(*, pasted: int, removed: int, confirmed: bool, p_value: float = 0.01, of: int = 40) -> Confirmation:
    effects = changed(pasted, of), changed(1), changed(removed, of), changed(2)
    return Confirmation(SUSPICION, *effects, confirmed=confirmed, p_value=p_value, words="it counts")


@pytest.mark.parametrize(
    ("pasted", "removed", "confirmed", "verdict", "severity"),
    [
        (30, 0, True, "shortcut", "high"),
        (10, 30, True, "shortcut", "high"),
        (10, 10, True, "shortcut", "medium"),
        (30, 30, False, "suspicion", "low"),
    ],
)
def test_what_is_confirmed_is_a_shortcut_and_weighs_by_what_it_changes(
    pasted: int, removed: int, confirmed: bool, verdict: str, severity: str
) -> None:
    found = confirmation(pasted=pasted, removed=removed, confirmed=confirmed)
    [finding] = shortcut_findings([found], SplitImages("test", seen(range(3))), ["rose", "tulip"])
    assert (finding.verdict, finding.severity) == (verdict, severity)
    assert finding.class_name == "tulip"
    assert finding.effect is not None
    assert finding.effect.value == max(pasted, removed) / 40
    assert finding.effect.n == 40
    assert finding.beside[0].value == (0.05 if removed > pasted else 0.025)
    assert finding.image_ids == ("2", "0")
    assert [each.image_id for each in finding.evidence] == ["2", "0"]
    assert finding.evidence[0].place == finding.place
    what_it_does, what_stands_out = "It counts.", "The maps of this class gather at one place."
    first, second = (what_it_does, what_stands_out) if confirmed else (what_stands_out, what_it_does)
    assert finding.words == f"{first} {second}"


def test_what_was_not_tried_is_not_said_twice_of_a_class() -> None:
    untried, tried = (confirmation(pasted=0, removed=0, confirmed=False, of=of) for of in (0, 40))
    images = SplitImages("test", seen(range(3)))
    assert len(shortcut_findings([untried, untried], images, ["rose", "tulip"])) == 1
    assert len(shortcut_findings([untried, tried], images, ["rose", "tulip"])) == 2


@pytest.mark.parametrize(
    ("pasted", "of", "p_value", "reason"),
    [
        (0, 0, 1.0, "there are too few images to try it on"),
        (4, 40, 1.0, "changing it does not change enough predictions"),
        (30, 40, 0.2, "changing it does not clearly change more predictions than the controls do"),
        (30, 40, 0.01, "it may be a part of the subject itself"),
    ],
)
def test_what_is_not_confirmed_says_why(pasted: int, of: int, p_value: float, reason: str) -> None:
    found = confirmation(pasted=pasted, removed=0, confirmed=False, p_value=p_value, of=of)
    [finding] = shortcut_findings([found], SplitImages("test", seen(range(3))), ["rose", "tulip"])
    assert finding.certainty.startswith(f"Not confirmed: {reason}; ")


def test_suspicions_and_confirmations_are_read_as_they_were_stored() -> None:
    found = confirmation(pasted=3, removed=4, confirmed=False)
    suspicion = read_suspicion(suspicion_json(SUSPICION))
    assert suspicion == SUSPICION
    assert read_confirmation(confirmation_json(found, number=0), suspicion) == found
