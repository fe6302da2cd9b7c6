"""Reads the filter of a list of images from the address: the same names in the API and on the pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import Depends, Query
from pydantic import WithJsonSchema

from api.backend import BackendOf
from api.routes.jobs import JobId
from jobs.job import Job
from jobs.results.images.image_filter import SORTS, ImageFilter
from jobs.results.images.image_filter_text import LONGEST_VALUE, MOST_VALUES, read_filter
from jobs.results.record import Outcome

if TYPE_CHECKING:
    Sort = str
else:  # names of columns, which a type checker could not follow
    Sort = Literal[SORTS]

# Plain texts, so that the refusal is that of `read_filter`, which says what was passed; the description lists them.
_Outcome = Annotated[str, WithJsonSchema({"type": "string", "enum": [each.value for each in Outcome]})]
_Sort = Annotated[str, WithJsonSchema({"type": "string", "enum": list(SORTS)})]
_CLASS = "class by its number or its name; several mean any of them."
_RANGE = "`<confidence or measure>:<low>..<high>`, of which one bound may be missing; of several, all must hold."


def _several(description: str) -> Any:
    return Query(max_length=MOST_VALUES, description=description)


def image_filter(
    job_id: JobId,
    backend: BackendOf,
    outcome: Annotated[list[_Outcome] | None, _several("Any of these.")] = None,
    label: Annotated[list[str] | None, _several(f"The true {_CLASS}")] = None,
    prediction: Annotated[list[str] | None, _several(f"The predicted {_CLASS}")] = None,
    flag: Annotated[list[str] | None, _several("Of any map; several mean any of them.")] = None,
    cluster: Annotated[list[str] | None, _several("In which an audit put the image; several mean any of them.")] = None,
    range: Annotated[list[str] | None, _several(_RANGE)] = None,
    id: Annotated[list[str] | None, _several("Exactly these images.")] = None,
    search: Annotated[str | None, Query(max_length=LONGEST_VALUE, description="A part of the id, in any case.")] = None,
    sort: Annotated[_Sort, Query(description="A leading minus means the greatest first.")] = "index",
    method: Annotated[
        str | None, Query(max_length=64, description="By whose maps is measured what is sorted by and within ranges.")
    ] = None,
) -> ImageFilter:
    """The filter and the order of images that the address asks for.

    Raises:
        ObjectNotFound: there is no such job.
        InvalidSpec: something is asked for that cannot be.
    """
    given = {
        "outcome": outcome,
        "label": label,
        "prediction": prediction,
        "flag": flag,
        "cluster": cluster,
        "range": range,
        "id": id,
        "search": [search or ""],
        "sort": [sort],
        "method": [method or ""],
    }
    job = backend.jobs.job(job_id)
    named = {name: values or () for name, values in given.items()}
    return read_filter(named, class_names=backend.reports.class_names(job_id), methods=methods_of(job))


def methods_of(job: Job) -> Sequence[str]:
    """By which methods a job makes maps."""
    asked: Sequence[str] = getattr(job.spec, "methods", ())
    return asked


FilterOf = Annotated[ImageFilter, Depends(image_filter)]
