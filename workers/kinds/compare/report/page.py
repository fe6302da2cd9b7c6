"""``comparison.html``: a comparison on one self-contained page."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import zip_longest
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from jobs.job import Job
from jobs.results.comparison import Comparison, ImageChange
from jobs.results.comparison_parts import PARTS
from jobs.results.comparison_tables import comparison_tables
from jobs.results.verdict import verdict
from jobs.results.wording import number, percent
from jobs.specs.installed_methods import describe_method
from workers.kinds.compare.report.pictures import Pictures


def comparison_page(comparison: Comparison, pictures: Pictures, *, job: Job, summary: Mapping[str, Any]) -> bytes:
    """The page as UTF-8.

    Args:
        comparison: what was found.
        pictures: of the images that it shows.
        job: the comparison.
        summary: of it.
    """
    shown = {
        "job": job,
        "comparison": comparison,
        "parts": [(part, images) for part in PARTS if (images := getattr(comparison, part.field))],
        "pairs": lambda image: _pairs(image, pictures),
        "tables": comparison_tables(comparison, title_of=_title),
        "verdict": verdict("compare", summary),
    }
    return _environment.get_template("comparison.html").render(shown).encode()


def _pairs(image: ImageChange, pictures: Pictures) -> list[tuple[str | None, str | None]]:
    """The pictures of an image, the first job's beside the second's, method by method."""
    first, second = pictures.get(image.image_id, ({}, {}))
    return list(zip_longest(first.values(), second.values()))


def _title(method: str) -> str:
    return describe_method(method).title


_environment = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.filters.update(percent=percent, number=number)
