"""Reads a comparison for its page, with the addresses of the pictures of both jobs."""

from __future__ import annotations

from contextlib import suppress
from urllib.parse import quote

from api.backend import Backend
from jobs.errors import ObjectNotFound
from jobs.results.comparison.document import DOCUMENT, Comparison, ImageChange, MapPair
from jobs.specs.compare_spec import CompareSpec


def read_comparison(backend: Backend, job_id: str) -> Comparison | None:
    """``comparison.json`` of a job, or None before it is there."""
    with suppress(ObjectNotFound):
        files = backend.reports.report(job_id, CompareSpec.kind_name()).artifacts
        key = next((file.key for file in files if file.name == DOCUMENT), None)
        return Comparison.decode(backend.store.get(key)) if key else None
    return None


def picture_pairs(comparison: Comparison, image: ImageChange) -> list[tuple[MapPair, str | None, str | None]]:
    """The maps of an image with the addresses of their pictures, the first job's beside the second's."""
    first, second = comparison.first.job_id, comparison.second.job_id
    return [
        (pair, _address(first, image.image_id, pair.first), _address(second, image.image_id, pair.second))
        for pair in image.map_pairs
    ]


def _address(job_id: str, image_id: str, name: str | None) -> str | None:
    return f"/v1/jobs/{job_id}/images/{quote(image_id)}/{quote(name)}.jpg" if name else None
