"""Makes the record of an image of which nothing came."""

from __future__ import annotations

from jobs.results.record import ImageRecord
from ml.data.example import Example


def failure_record(example: Example, error: str) -> ImageRecord:
    """The record of an image that could not be used, with the reason."""
    return ImageRecord(
        image_id=example.image_id,
        index=example.index,
        label=example.label,
        error=error,
        unreadable=example.error is not None,
    )
