"""Reads a comparison for its page, with the addresses of the pictures of both jobs."""

from __future__ import annotations

from contextlib import suppress
from itertools import zip_longest
from urllib.parse import quote

from api.backend import Backend
from jobs.errors import ObjectNotFound
from jobs.results.comparison import DOCUMENT, Comparison, ImageChange
from jobs.specs.compare_spec import CompareSpec


def read_comparison(backend: Backend, job_id: str) -> Comparison | None:
    """``comparison.json`` of a job, or None before it is there."""
    with suppress(ObjectNotFound):
        files = backend.reports.report(job_id, CompareSpec.kind_name()).artifacts
        key = next((file.key for file in files if file.name == DOCUMENT), None)
        return Comparison.decode(backend.store.get(key)) if key else None
    return None


def picture_pairs(comparison: Comparison, image: ImageChange) -> list[tuple[str | None, str | None]]:
    """Addresses of an image's overlays, the first job's beside the second's, method by method."""
    sides = ((comparison.first.job_id, image.first.maps), (comparison.second.job_id, image.second.maps))
    first, second = ([_address(job_id, image.image_id, name) for name in maps] for job_id, maps in sides)
    return list(zip_longest(first, second))


def _address(job_id: str, image_id: str, name: str) -> str:
    return f"/v1/jobs/{job_id}/images/{quote(image_id)}/{quote(name)}.jpg"
