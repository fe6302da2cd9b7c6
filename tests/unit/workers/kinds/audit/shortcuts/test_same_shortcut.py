from __future__ import annotations

from dataclasses import replace

import pytest

from ml.audit.shortcuts.confirmation import Confirmation
from ml.audit.shortcuts.suspicion import Place, Suspicion
from tests.unit.workers.kinds.audit.given.test_split_pictures import seen
from tests.unit.workers.kinds.audit.shortcuts.test_shortcut_findings import SUSPICION, confirmation
from workers.kinds.audit.given.looked_at import SplitImages
from workers.kinds.audit.shortcuts.same_shortcut import same_shortcuts
from workers.kinds.audit.shortcuts.shortcut_findings import shortcut_findings

CORNER = Place(0.0, 0.0, 0.25, 0.25)
AROUND_CORNER = Place(0.0, 0.0, 0.5, 0.5)
BESIDE_CORNER = Place(0.0, 0.2, 0.25, 0.45)
AT_CORNER = replace(SUSPICION, place=CORNER)


def confirmed(suspicion: Suspicion, *, pasted: int = 10) -> Confirmation:
    found = confirmation(pasted=pasted, removed=0, confirmed=True)
    return replace(found, suspicion=suspicion, words=f"pasted, it turns {pasted} of 40")


def moving(*places: Place) -> Suspicion:
    return replace(SUSPICION, kind="mark", images=tuple(range(len(places))), place=None, places=places)


@pytest.mark.parametrize(
    "other",
    [
        replace(SUSPICION, kind="mark", place=AROUND_CORNER),
        replace(SUSPICION, kind="cluster", place=CORNER),
        moving(CORNER, BESIDE_CORNER, AROUND_CORNER),
    ],
)
def test_what_lies_at_one_place_of_one_class_is_one_thing(other: Suspicion) -> None:
    weak, strong = confirmed(AT_CORNER), confirmed(other, pasted=30)
    assert same_shortcuts([weak, strong]) == [[strong, weak]]


@pytest.mark.parametrize(
    "other",
    [
        replace(AT_CORNER, label=0),
        replace(SUSPICION, kind="mark", place=BESIDE_CORNER),
        replace(AT_CORNER, images=(1,)),
        replace(SUSPICION, kind="colour", place=None),
        moving(BESIDE_CORNER, CORNER, BESIDE_CORNER),
    ],
)
def test_what_is_of_another_class_or_place_or_image_stays_apart(other: Suspicion) -> None:
    first, second = confirmed(replace(AT_CORNER, images=(2, 0))), confirmed(other, pasted=30)
    assert same_shortcuts([first, second]) == [[first], [second]]


def test_a_frame_is_a_part_of_the_surround() -> None:
    frame, surround = (confirmed(replace(SUSPICION, kind=kind, place=None)) for kind in ("border", "background"))
    assert same_shortcuts([frame, surround]) == [[frame, surround]]


def test_one_finding_says_how_else_the_same_was_seen() -> None:
    weak, strong = confirmed(AT_CORNER), confirmed(replace(AT_CORNER, kind="mark"), pasted=30)
    [finding] = shortcut_findings([weak, strong], SplitImages("test", seen(range(3))), ["rose", "tulip"])
    assert (finding.kind, finding.verdict, finding.severity) == ("mark", "shortcut", "high")
    assert finding.words.startswith("Pasted, it turns 30 of 40.")
    assert finding.also == ("Pasted, it turns 10 of 40. The maps of this class gather at one place.",)
