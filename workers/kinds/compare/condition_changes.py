"""Compares two evaluations under the corruptions that both have."""

from __future__ import annotations

import io
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from jobs.errors import Corrupt
from jobs.results.comparison.document import ConditionChange
from jobs.results.evaluation.evaluation_summary import totals_of
from jobs.results.evaluation.evaluation_totals import BACKGROUND
from jobs.results.images.image_lookup import image_hash
from jobs.specs.evaluate_spec import EvaluateSpec
from ml.damaged_archive import DAMAGED_ARCHIVE
from ml.evaluation.paired_outcomes import paired_outcomes
from store.base import ObjectStore
from workers.kinds.compare.outcome_changes import change_fields
from workers.kinds.compare.side import Side
from workers.kinds.compare.two_sides import TwoSides

Condition = tuple[str, int]
_UNKNOWN, _WRONG, _RIGHT = -1, 0, 1
_FILE = "judgements.npz"


def condition_changes(sides: TwoSides, store: ObjectStore) -> tuple[ConditionChange, ...]:
    """One for each corruption at each severity that both evaluations have; none of explanations.

    Under ``background`` only where the pictures were the same, see ``same_backgrounds``.

    Raises:
        Corrupt: the numbers of a shard are damaged.
    """
    shared = tuple(each for each in shared_conditions(sides) if each[0] != BACKGROUND or same_backgrounds(sides))
    if not shared:
        return ()
    first, second = (_outcomes(side, shared, store) for side in (sides.first, sides.second))
    found = []
    for place, (corruption, severity) in enumerate(shared):
        known = (first[place] != _UNKNOWN) & (second[place] != _UNKNOWN)
        if known.any():
            outcomes = paired_outcomes(first[place][known] == _RIGHT, second[place][known] == _RIGHT)
            found.append(ConditionChange(**change_fields(outcomes), corruption=corruption, severity=severity))
    return tuple(found)


def shared_conditions(sides: TwoSides) -> tuple[Condition, ...]:
    """Corruption and severity, in the order of the first evaluation."""
    first, second = _conditions(sides.first), _conditions(sides.second)
    return tuple(condition for condition in first if condition in second)


def unshared_conditions(sides: TwoSides) -> int:
    """How many conditions one of the evaluations alone has."""
    return len(set(_conditions(sides.first)) ^ set(_conditions(sides.second)))


def same_draws(sides: TwoSides) -> bool:
    """Whether both evaluations drew their corruptions from one seed, so that each image was corrupted alike."""
    specs = [side.results.job.spec for side in (sides.first, sides.second)]
    return len({spec.seed for spec in specs if isinstance(spec, EvaluateSpec)}) <= 1


def same_backgrounds(sides: TwoSides) -> bool:
    """Whether both evaluations replaced the same backgrounds: where true masks do not tell, the model's maps do."""
    totals = [totals_of(side.results.reports.values()) for side in (sides.first, sides.second)]
    return all(each is not None and each.true_masks for each in totals)


def _conditions(side: Side) -> tuple[Condition, ...]:
    spec = side.results.job.spec
    if not isinstance(spec, EvaluateSpec):
        return ()
    return tuple((corruption, severity) for corruption in spec.corruptions for severity in spec.severities)


def _outcomes(side: Side, conditions: tuple[Condition, ...], store: ObjectStore) -> NDArray[np.int8]:
    """(conditions, n): 1 right, 0 wrong, -1 not known; one byte of each condition and image."""
    places = {image_hash(image_id): row for row, image_id in enumerate(side.images.ids())}
    found = np.full((len(conditions), len(places)), _UNKNOWN, np.int8)
    for step, report in side.results.reports.items():
        for file in report.artifacts:
            if file.name == f"{step}/{_FILE}":
                _take(found, conditions, places, _numbers(store, file.key))
    return found[:, side.rows]


def _take(
    found: NDArray[np.int8],
    conditions: tuple[Condition, ...],
    places: Mapping[int, int],
    numbers: Mapping[str, NDArray[np.generic]],
) -> None:
    rows = [places[image_hash(str(image_id))] for image_id in numbers["image_ids"]]
    there = list(zip(numbers["corruptions"].tolist(), numbers["severities"].tolist(), strict=True))
    for number, condition in enumerate(conditions):
        if condition in there:
            predictions = numbers["corrupted_predictions"][there.index(condition)]
            found[number, rows] = np.where(predictions == numbers["labels"], _RIGHT, _WRONG)


def _numbers(store: ObjectStore, key: str) -> dict[str, NDArray[np.generic]]:
    names = ("image_ids", "labels", "corruptions", "severities", "corrupted_predictions")
    try:
        with np.load(io.BytesIO(store.get(key)), allow_pickle=False) as file:
            return {name: file[name] for name in names}
    except DAMAGED_ARCHIVE as error:
        raise Corrupt(f"the predictions in {key} cannot be read: {error}") from error
