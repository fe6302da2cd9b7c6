"""Which files of an explanation are its heatmaps, and what is stored once they were removed."""

from __future__ import annotations

from datetime import datetime

from jobs import keys
from jobs.models.artifact import GALLERY
from jobs.value import Document

_PICTURES = (".jpg", ".jpeg", ".png", ".webp")
_RAW = ".npz"
_KEPT = frozenset({GALLERY, "features.npz"})


class HeatmapsRemoved(Document):
    """The pictures and raw maps of a job are gone, or going; all else of it stays.

    Attributes:
        why: the rule.
        complete: whether none is left.
    """

    job_id: str
    at: datetime
    why: str
    complete: bool = False


def is_heatmap(key: str) -> bool:
    """Whether a file that an attempt wrote is a picture or a file of raw maps."""
    return keys.is_immutable(key) and is_heatmap_name(key)


def is_heatmap_name(name: str) -> bool:
    """Whether a file of an explanation is a picture or a file of raw maps, by its name or its key."""
    last = name.rpartition("/")[2].lower()
    return last.endswith(_PICTURES) or (last.endswith(_RAW) and last not in _KEPT)
