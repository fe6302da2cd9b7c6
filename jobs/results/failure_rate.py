"""Decides whether so many images failed that their job failed."""

from __future__ import annotations

from fractions import Fraction

from jobs.results.image_counts import ImageCounts

DEFAULT = 0.05
"""The share of readable images that may fail, where a specification says nothing."""


def too_many_failed(counts: ImageCounts, allowed: float | None) -> str | None:
    """Why a job failed by the images that did, or None where it did not.

    Args:
        counts: of all its images.
        allowed: the share of all images that may fail. None: images that cannot be read are left out, and of the others
            ``DEFAULT`` may fail; but one image must have come through.
    """
    if allowed is None and counts.images and counts.failed == counts.images:
        return f"not one of {counts.images} images came through"
    left_out = counts.unreadable if allowed is None else 0
    failed, images = counts.failed - left_out, counts.images - left_out
    share = DEFAULT if allowed is None else allowed
    if failed <= Fraction(str(share)) * images:  # as the number is written: 0.29 of 100 are 29
        return None
    readable = "readable " if left_out else ""
    return f"{failed} of {images} {readable}images failed, more than max_failure_rate {share} allows"
