"""Defines what an audit found: each finding with its effect, its evidence, and what to do about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Literal, get_args

from pydantic import Field

from jobs.value import Document, Value

Verdict = Literal[
    "shortcut",
    "leak",
    "label_error",
    "duplicate",
    "slice",
    "suspicion",
    "odd_picture",
    "outlier",
]
Severity = Literal["low", "medium", "high"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
TITLES: dict[Verdict, str] = {
    "shortcut": "Shortcut",
    "leak": "Leak between splits",
    "label_error": "Wrong labels",
    "duplicate": "Near-duplicates",
    "slice": "Weak slice",
    "suspicion": "Suspicion",
    "odd_picture": "Odd pictures",
    "outlier": "Outliers",
}
"""Titles of verdicts, in the order in which findings of one severity are shown."""


class Effect(Value):
    """A measured share with its 95 % interval; ``what`` says in words what it is a share of.

    Attributes:
        n: images that it was measured on.
    """

    what: str
    value: float
    low: float | None = None
    high: float | None = None
    n: int


class Box(Value):
    """A rectangle in fractions of the picture's height and width."""

    top: float
    left: float
    bottom: float
    right: float


class Evidence(Value):
    """One picture that shows what was found.

    Attributes:
        image_id: of the image; ``split`` says of which split, as the specification names it.
        picture: name of the stored picture, among the files of the job.
        caption: what is to be seen.
        place: where in the picture, as the model sees it.
    """

    image_id: str
    split: str
    picture: str | None = None
    caption: str = ""
    place: Box | None = None


class Finding(Value):
    """One thing that an audit found.

    Attributes:
        kind: what it is about, such as ``place``, ``colour`` or ``label``.
        label: the class that it concerns, if it concerns one; ``class_name`` is its name.
        images: how many images it concerns, and ``share`` which part of the class, or of the split.
        effect: what it changes, where that was measured; ``beside`` holds the controls.
        image_ids: of the images that show it, strongest first; at most a few hundred.
        words: what it is, ``advice`` what to do, ``certainty`` how sure it is.
        also: how else the same thing was found, a sentence or two each.
    """

    kind: str
    verdict: Verdict
    severity: Severity
    label: int | None = None
    class_name: str = ""
    images: int = 0
    share: float = 0.0
    effect: Effect | None = None
    beside: tuple[Effect, ...] = ()
    place: Box | None = None
    image_ids: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    words: str
    advice: str = ""
    certainty: str = ""
    also: tuple[str, ...] = ()


class Neighbour(Value):
    """A training image that looks like an image of the split to the model.

    Attributes:
        similarity: cosine of their pooled features.
    """

    image_id: str
    label: int | None
    similarity: float
    picture: str | None = None


class ByExample(Value):
    """A wrong image, and the training images that are nearest to it, of its true and of its predicted class.

    Attributes:
        picture: name of the stored picture, among the files of the job.
        likeness: name of the picture that shows where it looks like the nearest image of the predicted class.
    """

    image_id: str
    label: int
    prediction: int
    confidence: float
    picture: str | None = None
    likeness: str | None = None
    true_class: tuple[Neighbour, ...] = ()
    predicted_class: tuple[Neighbour, ...] = ()


class LeftOut(Value):
    """Something that the audit did not look for, and why."""

    what: str
    why: str


class DetectionRate(Value):
    """How often shortcuts of one kind were found, of those that were planted and that the model used."""

    kind: str
    planted: int
    used: int
    found: int


class Blindness(Value):
    """What an audit can be expected to find: measured on planted shortcuts; ``measured_on`` is empty if it was not.

    Attributes:
        clean_models: in which nothing was planted; ``false_alarms`` counts what was called a shortcut in them.
        unused_models: that do not use what was planted; ``unused_alarms`` counts what was called a shortcut in them.
    """

    measured_on: str = ""
    kinds: tuple[DetectionRate, ...] = ()
    clean_models: int = 0
    false_alarms: int = 0
    unused_models: int = 0
    unused_alarms: int = 0
    words: tuple[str, ...] = ()


class Findings(Document):
    """``findings.json``: all that an audit found, what it left out, and what it cannot see.

    Attributes:
        images: readable ones of the split; ``training_images`` of the training split.
        explanation: the job whose maps were looked through.
        accuracy: of the model on the split, where there are labels.
        by_example: the surest of the wrong images.
    """

    job_id: str
    model_id: str
    dataset: str
    split: str
    training_split: str | None = None
    explanation: str | None = None
    images: int = 0
    training_images: int = 0
    accuracy: Effect | None = None
    findings: tuple[Finding, ...] = ()
    by_example: tuple[ByExample, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    cannot_see: Blindness = Field(default_factory=Blindness)


def worst_first(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """By severity, then by verdict, in the order of ``VERDICTS``; equals stay as they were."""
    return tuple(sorted(findings, key=lambda each: (-SEVERITIES.index(each.severity), VERDICTS.index(each.verdict))))


def counted(findings: Sequence[Finding]) -> dict[str, int]:
    """How many there are of each verdict and severity, such as ``shortcut:high``; what gates compare with."""
    counts = Counter(f"{each.verdict}:{each.severity}" for each in findings)
    return {
        name: counts[name]
        for verdict in VERDICTS
        for severity in SEVERITIES
        if (name := f"{verdict}:{severity}") in counts
    }
