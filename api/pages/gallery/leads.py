"""What on the page of a job leads into its gallery: the confusion matrix, bars of measures, findings."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, nextafter

from api.backend import Backend
from api.pages.gallery.confusion_matrix import confusion_matrix
from api.pages.gallery.gallery_view import images_url
from api.readers.images.confusion import count_confusions
from api.readers.images.distributions import Bin, Distribution, distributions
from jobs.results.finding import Finding, Findings
from jobs.results.images.image_filter import ValueRange
from jobs.results.measure import MEASURES
from jobs.results.record import Outcome
from jobs.results.wording import number

MOST_IDS = 100
"""Of a finding: an address holds no more."""


@dataclass(frozen=True)
class Bar:
    """A bar of a histogram: ``height`` from 0 to 1; ``url`` leads to its images, None where there is none."""

    text: str
    count: int
    height: float
    url: str | None


@dataclass(frozen=True)
class Bars:
    """The histogram of a measure of the maps of one method."""

    method: str
    title: str
    meaning: str
    images: int
    bars: tuple[Bar, ...]


def images_of_job(backend: Backend, job_id: str) -> dict[str, object]:
    """For every job that has rows of images: its gallery and its confusion matrix."""
    matrix = confusion_matrix(job_id, count_confusions(backend.images, job_id), backend.reports.class_names(job_id))
    return {"gallery": images_url(job_id), "confusion": matrix}


def measure_bars(backend: Backend, job_id: str) -> list[Bars]:
    """A histogram for each measure that differs among the images."""
    found = distributions(backend.images, job_id)
    return [_bars(job_id, each) for each in found if len(each.bins) > 1]


def wrong_of_class(job_id: str, label: int) -> str:
    """The images of a class that were predicted wrong."""
    return images_url(job_id, outcome=(Outcome.WRONG,), label=(label,))


def finding_url(job_id: str, found: Findings, finding: Finding) -> str | None:
    """The images that a finding names, or those of its class; None where they are not of the split of the job.

    They are shown with their maps where the audit looked through an explanation.
    """
    if finding.evidence and all(each.split == found.training_split for each in finding.evidence):
        return None
    shown_by = found.explanation or job_id
    if finding.image_ids:
        return images_url(shown_by, id=tuple(sorted(finding.image_ids[:MOST_IDS])))
    return images_url(shown_by, label=(finding.label,)) if finding.label is not None else None


def _bars(job_id: str, found: Distribution) -> Bars:
    measure, method = MEASURES.get(found.column.measure), found.column.method
    most = max(each.count for each in found.bins) or 1
    return Bars(
        method=method,
        title=measure.title if measure else found.column.measure,
        meaning=measure.meaning if measure else "",
        images=found.images,
        bars=tuple(_bar(job_id, found, each, most) for each in found.bins),
    )


def _bar(job_id: str, found: Distribution, one: Bin, most: int) -> Bar:
    low = None if one.low is None else nextafter(one.low, inf)
    wanted = ValueRange(found.column.measure, low, one.high)
    url = images_url(job_id, method=found.column.method, range=(wanted,)) if one.count else None
    return Bar(_bounds(one), one.count, one.count / most, url)


def _bounds(one: Bin) -> str:
    if one.low is None:
        return f"at most {number(one.high)}"
    return f"more than {number(one.low)}" if one.high is None else f"{number(one.low)} to {number(one.high)}"
