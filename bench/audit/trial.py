"""Audits one planted model as a job would: suspicions, then confirmations; and says what it should have found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bench.audit.case import Case
from bench.audit.planted_model import PlantedModel, Truth, planted_model
from ml.audit.shortcuts.confirmation import Confirmation, confirm
from ml.audit.shortcuts.picture_cues import picture_cues
from ml.audit.shortcuts.suspicion import Evidence, Place
from ml.audit.shortcuts.suspicions import suspicions

_SAME_PLACE = 0.3


@dataclass(frozen=True)
class Outcome:
    """What an audit of one model said.

    Attributes:
        case: the model.
        used: whether the network uses what was planted; None of a clean model.
        found: whether a shortcut of the right class was named.
        place_found: whether a shortcut of the right class was named at the right place; None where there is no place.
        false_alarms: shortcuts named of other classes, or of something that the network does not use.
        suspicions: how many there were.
        details: for people.
    """

    case: Case
    used: bool | None
    found: bool
    place_found: bool | None
    false_alarms: int
    suspicions: int
    details: dict[str, Any]

    @property
    def strength(self) -> float:
        """The larger of what planting turns and what removing costs; 0 of a clean model."""
        return max(self.details.get("turned") or 0.0, self.details.get("lost") or 0.0)


def run_trial(case: Case) -> Outcome:
    """Make the model and audit it."""
    model = planted_model(case)
    found = audited(model)
    shortcuts = [each for each in found if each.confirmed]
    truth = model.truth
    right = [each for each in shortcuts if truth and truth.used and each.suspicion.label == truth.label]
    return Outcome(
        case=case,
        used=None if truth is None else truth.used,
        found=bool(right),
        place_found=_place_found(right, truth) if truth and truth.places else None,
        false_alarms=len(shortcuts) - len(right),
        suspicions=len(found),
        details=_details(model, shortcuts),
    )


def audited(model: PlantedModel) -> list[Confirmation]:
    """All suspicions of a model, tried."""

    def pictures(indices: Sequence[int]) -> npt.NDArray[np.uint8]:
        return model.images[list(indices)]

    evidence = Evidence(
        maps=model.explained.maps,
        features=model.explained.features,
        cues=np.stack([picture_cues(image) for image in model.images]),
        predicted=model.explained.predicted,
        true=model.labels,
    )
    suspected = suspicions(evidence, pictures=pictures, seed=model.case.seed)
    return [
        confirm(each, evidence, pictures, model.head.predict, seed=model.case.seed, suspicions=len(suspected))
        for each in suspected
    ]


def overlap(first: Place, second: Place) -> float:
    """Intersection over union of two rectangles."""
    both = first.shared_with(second)
    return both / (first.area + second.area - both)


def _place_found(shortcuts: Sequence[Confirmation], truth: Truth) -> bool:
    """Whether one of the shortcuts overlaps what was planted: by an IoU of 0.3, in the median of images if it moves."""
    true = dict(zip(truth.carriers, truth.places, strict=True))
    for each in shortcuts:
        suspicion = each.suspicion
        places = suspicion.places or ((suspicion.place,) * len(suspicion.images) if suspicion.place else ())
        named = dict(zip(suspicion.images, places, strict=True)) if places else {}
        overlaps = [overlap(place, true[image]) for image, place in named.items() if image in true]
        if overlaps and float(np.median(overlaps)) >= _SAME_PLACE:
            return True
    return False


def _details(model: PlantedModel, shortcuts: Sequence[Confirmation]) -> dict[str, Any]:
    truth = model.truth
    return {
        "accuracy": round(float((model.explained.predicted == model.labels).mean()), 3),
        "label": truth.label if truth else None,
        "turned": round(truth.turned.share, 3) if truth else None,
        "lost": round(truth.lost, 3) if truth else None,
        "shortcuts": [
            {
                "kind": each.suspicion.kind,
                "label": each.suspicion.label,
                "pasted": asdict(each.pasted),
                "removed": asdict(each.removed),
            }
            for each in shortcuts
        ],
    }
