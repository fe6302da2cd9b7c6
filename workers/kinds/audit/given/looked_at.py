"""The images that an audit of the data looks at, and how their findings name them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from jobs.results.finding import Effect, Evidence, Finding, LeftOut
from ml.audit.data.proportion import Proportion
from ml.audit.data.slices import feature_clusters
from workers.kinds.audit.given.seen_images import SeenImages

MOST_SHOWN = 6
"""How many pictures a finding shows at most."""
MOST_LISTED = 500
"""How many image ids a finding lists at most."""


@dataclass(frozen=True)
class SplitImages:
    """The readable images of a split, which is called as the specification names it, with its slice."""

    split: str
    seen: SeenImages

    @property
    def labels(self) -> npt.NDArray[np.int32] | None:
        """(n,) below 0 where an image has none; None where none has."""
        return self.seen.labels if (self.seen.labels >= 0).any() else None

    def ids(self, rows: Iterable[int]) -> tuple[str, ...]:
        """The first ``MOST_LISTED`` of these images."""
        return tuple(str(self.seen.image_ids[row]) for row in list(rows)[:MOST_LISTED])

    def shown(self, row: int, caption: str) -> Evidence:
        """One image as evidence."""
        return Evidence(image_id=str(self.seen.image_ids[row]), split=self.split, caption=caption)


@dataclass(frozen=True)
class LookedAt:
    """The audited split, and the training split where it was looked at; else ``no_training`` says why not.

    ``out_of_sample``: (n, K) probabilities of the images of the training split, by networks that did not learn from
    them, where the training made such.
    """

    audited: SplitImages
    training: SplitImages | None
    class_names: Sequence[str]
    seed: int
    no_labels: str
    no_training: str
    out_of_sample: npt.NDArray[np.float32] | None = None

    def name(self, label: int) -> str:
        """The name of a class."""
        return self.class_names[label] if 0 <= label < len(self.class_names) else "no class"

    @cached_property
    def clusters(self) -> npt.NDArray[np.int64]:
        """(n,) the cluster of each audited image by its pooled features, from 0; -1 where it belongs to none."""
        return feature_clusters(self.audited.seen.features.astype(np.float32), seed=self.seed)

    def splits(self) -> tuple[SplitImages, ...]:
        """The splits that were looked at, the audited one first."""
        return (self.audited,) if self.training is None else (self.audited, self.training)


Found = tuple[list[Finding], list[LeftOut]]
"""Findings, and what was left out."""


def missed(what: str, reasons: Iterable[str]) -> list[LeftOut]:
    """Sentences on what could not be done, as entries of the findings."""
    return [LeftOut(what=what, why=reason) for reason in reasons]


def share_effect(what: str, found: Proportion) -> Effect:
    """A share with its interval."""
    return Effect(what=what, value=found.share, low=found.low, high=found.high, n=found.of)
