"""``comparison.html``: a comparison on one self-contained page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jobs.job import Job
from jobs.results.comparison.document import Comparison, ImageChange, MapPair
from jobs.results.comparison.parts import shown_parts
from jobs.results.comparison.tables import comparison_tables
from jobs.results.verdicts.verdict import verdict
from jobs.specs.installed_methods import describe_method
from workers.kinds.compare.report.pictures import Pictures
from workers.kinds.page.templates import template


def comparison_page(comparison: Comparison, pictures: Pictures, *, job: Job, summary: Mapping[str, Any]) -> bytes:
    """The page as UTF-8.

    Args:
        comparison: what was found.
        pictures: of the images that it shows.
        job: the comparison.
        summary: of it.
    """
    shown = {
        "title": "What changed",
        "job": job,
        "comparison": comparison,
        "parts": shown_parts(comparison),
        "pairs": lambda image: _pairs(image, pictures),
        "tables": comparison_tables(comparison, title_of=_title),
        "verdict": verdict("compare", summary),
    }
    return _TEMPLATE.render(shown).encode()


def _pairs(image: ImageChange, pictures: Pictures) -> list[tuple[MapPair, str | None, str | None]]:
    """The maps of an image with their pictures, the first job's beside the second's."""
    first, second = pictures.get(image.image_id, ({}, {}))
    return [(pair, first.get(pair.first or ""), second.get(pair.second or "")) for pair in image.map_pairs]


def _title(method: str) -> str:
    return describe_method(method).title


_TEMPLATE = template(Path(__file__).with_name("comparison.html"), method_title=_title)
