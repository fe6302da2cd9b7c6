"""Defines ``comparison.json``: what two jobs say of the same images, and how far they differ."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest

from jobs.value import Document, Value

DOCUMENT, TABLE, PAGE = "comparison.json", "comparison.parquet", "comparison.html"
"""Names of the files of a comparison."""
Interval = tuple[float, float]


class ComparedJob(Value):
    """One of the two jobs.

    Attributes:
        images: that it has a row of; ``failed`` of them ended as an error.
        methods: of explanation; none of an evaluation.
        question: what its maps answer, in words; empty of an evaluation.
    """

    job_id: str
    name: str | None = None
    model_id: str | None = None
    model_name: str | None = None
    split: str | None = None
    images: int
    failed: int
    methods: tuple[str, ...] = ()
    question: str = ""


class AccuracyChange(Value):
    """Right and wrong predictions of the same images: fixed are right in the second job alone, broken in the first.

    Attributes:
        images: that both jobs have judged; ``both`` and ``neither`` of them are right in both jobs or in none.
        interval_95: of the difference of the accuracies, second minus first, by Tango's score (1998).
        p_value: of McNemar's exact test (1947), two-sided.
    """

    images: int
    both: int
    fixed: int
    broken: int
    neither: int
    first_accuracy: float
    first_interval_95: Interval
    second_accuracy: float
    second_interval_95: Interval
    difference: float
    interval_95: Interval
    p_value: float


class ClassChange(AccuracyChange):
    """The same of one true class; ``p_corrected`` is the p value after Holm's correction for all classes (1979)."""

    label: int
    name: str | None = None
    p_corrected: float


class ConditionChange(AccuracyChange):
    """The same under one corruption."""

    corruption: str
    severity: int


class MeanOfImages(Value):
    """A mean over images, with its 95 % interval by Student's t (None of one image) and the median."""

    mean: float
    interval_95: Interval | None = None
    median: float
    images: int


class MapAgreement(Value):
    """How alike the maps of a pair of methods are, image by image.

    Attributes:
        first_method: of the first job; ``second_method`` of the second.
        correlation: Spearman's rank correlation over the pixels; None where no pair of maps has one.
        overlap: of the strongest tenth of the pixels.
        correlation_same_class: over the images whose two maps explain the same class.
        same_class: how many pairs of maps explain the same class.
        constant: pairs left out, since a map is constant and so orders nothing.
        missing: images left out, since a job kept no raw map of them.
    """

    first_method: str
    second_method: str
    correlation: MeanOfImages | None = None
    overlap: MeanOfImages | None = None
    correlation_same_class: MeanOfImages | None = None
    same_class: int = 0
    constant: int = 0
    missing: int = 0


class MeasureChange(Value):
    """Means of a measure over the images that have it in both jobs; ``interval_95`` of the difference (bootstrap).

    Attributes:
        first_method: None for what is measured of the prediction, such as its confidence.
        measure: its name in ``jobs.results.measure.MEASURES``, or ``confidence``.
    """

    first_method: str | None = None
    second_method: str | None = None
    measure: str
    first: float
    second: float
    difference: float
    interval_95: Interval | None = None
    images: int


class ImageSide(Value):
    """What one job says of an image; ``maps`` are names of its maps, as in its record."""

    prediction: int | None = None
    prediction_name: str | None = None
    confidence: float | None = None
    maps: tuple[str, ...] = ()


@dataclass(frozen=True)
class MapPair:
    """The names of two maps that stand side by side; one of them may be missing."""

    first: str | None
    second: str | None

    @property
    def methods(self) -> tuple[str, ...]:
        """What both are by, once where it is the same."""
        return tuple(dict.fromkeys(name for name in (self.first, self.second) if name))


class ImageChange(Value):
    """An image that the two jobs differ on; ``correlation`` is the lowest of its pairs of maps."""

    image_id: str
    label: int | None = None
    label_name: str | None = None
    first: ImageSide
    second: ImageSide
    correlation: float | None = None

    @property
    def map_pairs(self) -> tuple[MapPair, ...]:
        """The maps of both jobs, method by method."""
        return tuple(MapPair(*names) for names in zip_longest(self.first.maps, self.second.maps))


class Comparison(Document):
    """Two jobs, held against each other.

    Attributes:
        images: that both jobs have a row of, whether or not it failed; the others are counted beside.
        compared: of these, how many failed in neither.
        changed: predictions that name different classes, of ``change_known`` whose classes can be told apart by name.
        accuracy: None where no image is judged by both.
        classes: those with judged images, the greatest loss first.
        broken: images that the first got right and the second wrong, the surest mistakes first; some of them.
        fixed: the other way round.
        least_alike: images with the least alike maps first; some of them.
        left_out: what could not be compared, and why, in sentences.
    """

    job_id: str
    kind: str
    dataset: str
    first: ComparedJob
    second: ComparedJob
    images: int
    compared: int
    only_first: int
    only_second: int
    only_first_examples: tuple[str, ...] = ()
    only_second_examples: tuple[str, ...] = ()
    changed: int = 0
    change_known: int = 0
    accuracy: AccuracyChange | None = None
    classes: tuple[ClassChange, ...] = ()
    conditions: tuple[ConditionChange, ...] = ()
    maps: tuple[MapAgreement, ...] = ()
    measures: tuple[MeasureChange, ...] = ()
    broken: tuple[ImageChange, ...] = ()
    fixed: tuple[ImageChange, ...] = ()
    least_alike: tuple[ImageChange, ...] = ()
    left_out: tuple[str, ...] = ()
