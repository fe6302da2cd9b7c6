"""Collects what the page of an image shows of one job: its record, its photograph, its maps and their addresses."""

from __future__ import annotations

from dataclasses import dataclass

from api.backend import Backend
from api.pages.templates import title
from api.readers.images.result_query import FoundImage
from api.readers.photographs.photograph_reader import Source
from api.routes.maps import MapLinks, map_links, photograph_link
from api.routes.results import has_picture, picture_link
from jobs.errors import ObjectNotFound
from jobs.job import Job
from jobs.results.answered_question import answered_questions
from jobs.results.measure import MEASURES, Measure
from jobs.results.record import ImageRecord, MethodRecord
from jobs.specs.installed_methods import describe_method

KINDS = ("explain", "evaluate", "audit")
"""The kinds of job that leave a record of each image."""


@dataclass(frozen=True)
class ViewedMap:
    """One map: what it answers, in words, and where its numbers and its picture are.

    Attributes:
        title: of its method; ``label`` tells it from the other maps of the image.
    """

    record: MethodRecord
    title: str
    label: str
    question: str
    colours: str
    raw: MapLinks | None
    picture: str | None


@dataclass(frozen=True)
class ImageView:
    """One image as one job saw it; ``photograph`` is an address, ``source`` says where it comes from."""

    job: Job
    step: str
    record: ImageRecord
    class_names: tuple[str, ...]
    photograph: str | None
    source: Source | None
    maps: tuple[ViewedMap, ...]

    def class_name(self, label: int | None) -> str:
        """The name of a class as people know it."""
        return _class_name(label, self.class_names)

    @property
    def measures(self) -> dict[str, Measure]:
        """The measures that any of the maps has."""
        return {name: each for name, each in MEASURES.items() if any(name in one.record.values for one in self.maps)}


def image_view(backend: Backend, job_id: str, image_id: str) -> ImageView:
    """What there is of an image.

    Raises:
        ObjectNotFound: there is no such job, it has no images, or not this one (yet).
    """
    job = backend.jobs.job(job_id)
    if job.spec.kind not in KINDS:
        raise ObjectNotFound(
            f"job {job_id} is of kind {job.spec.kind!r}, which has no pages of images: jobs of kind "
            f"{', '.join(KINDS)} and compare have them"
        )
    found = _found(backend, job_id, image_id)
    source = backend.photographs.source(job_id, found, getattr(job.spec, "dataset", ""))
    names = backend.reports.class_names(job_id)
    return ImageView(
        job=job,
        step=found.step,
        record=found.record,
        class_names=names,
        photograph=photograph_link(job_id, found) if source else None,
        source=source,
        maps=tuple(_maps(job_id, found, names)),
    )


def _found(backend: Backend, job_id: str, image_id: str) -> FoundImage:
    try:
        return backend.results.find(job_id, image_id)
    except ObjectNotFound as error:
        if backend.jobs.end(job_id) is None:
            message = f"job {job_id} still runs, and has not come to an image {image_id!r} so far: look again later"
            raise ObjectNotFound(message) from error
        raise


def _maps(job_id: str, found: FoundImage, names: tuple[str, ...]) -> list[ViewedMap]:
    record = found.record
    questions = {
        each.name: answered.question
        for answered in answered_questions(record.methods, names, target=record.target)
        for each in answered.methods
    }
    return [
        ViewedMap(
            record=each,
            title=title(each.method),
            label=_label(each, names),
            question=questions[each.name],
            colours=describe_method(each.method).colours,
            raw=map_links(job_id, found, each),
            picture=picture_link(job_id, found, each) if has_picture(each) else None,
        )
        for each in record.methods
    ]


def _label(map_: MethodRecord, names: tuple[str, ...]) -> str:
    method = title(map_.method)
    if map_.contrast:
        return f"{method}, contrast"
    return f"{method}, {_class_name(map_.target, names)}" if map_.rank > 1 else method


def _class_name(label: int | None, names: tuple[str, ...]) -> str:
    if label is None:
        return "–"
    return names[label] if label < len(names) else f"class {label}"
