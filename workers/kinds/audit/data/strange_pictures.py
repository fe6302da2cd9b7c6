"""Findings about single pictures: odd ones, and ones that are unlike their class."""

from __future__ import annotations

from itertools import groupby

from jobs.results.finding import Finding, LeftOut
from ml.audit.data.feature_outliers import FeatureOutlier, feature_outliers
from ml.audit.data.odd_pictures import OddPicture, odd_pictures
from workers.kinds.audit.given.looked_at import MOST_SHOWN, Found, LookedAt, SplitImages, missed


def strange_pictures(looked_at: LookedAt) -> Found:
    """One finding for each split and kind of oddness, and one for the outliers of each split."""
    findings: list[Finding] = []
    left_out: list[LeftOut] = []
    for images in looked_at.splits():
        odd = odd_pictures(images.seen.measures)
        left_out += missed(f"odd pictures of {images.split}", odd.left_out)
        findings += [_odd(images, kind, list(found)) for kind, found in groupby(odd.found, key=lambda each: each.kind)]
        far = feature_outliers(images.seen.features.astype("float32"), images.labels)
        left_out += missed(f"outliers of {images.split}", far.left_out)
        findings += [_outliers(looked_at, images, far.found)] if far.found else []
    return findings, left_out


def _odd(images: SplitImages, kind: str, found: list[OddPicture]) -> Finding:
    rows = [each.image for each in found]
    return Finding(
        kind=kind,
        verdict="odd_picture",
        severity="low",
        images=len(rows),
        share=len(rows) / len(images.seen),
        image_ids=images.ids(rows),
        evidence=tuple(images.shown(each.image, each.words) for each in found[:MOST_SHOWN]),
        words=f"{len(rows)} of {len(images.seen)} pictures of {images.split} are odd: {kind.replace('_', ' ')}.",
        advice="Look at them: a picture that shows nothing should not count.",
        certainty="Measured on the picture alone, far from the median of the split.",
    )


def _outliers(looked_at: LookedAt, images: SplitImages, found: tuple[FeatureOutlier, ...]) -> Finding:
    rows = [each.image for each in found]
    return Finding(
        kind="outlier",
        verdict="outlier",
        severity="low",
        images=len(rows),
        share=len(rows) / len(images.seen),
        image_ids=images.ids(rows),
        evidence=tuple(images.shown(each.image, _caption(looked_at, each)) for each in found[:MOST_SHOWN]),
        words=f"{len(rows)} of {len(images.seen)} images of {images.split} are unlike all others of their class.",
        advice="Look at them: they may show something else, or a rare form that needs more images.",
        certainty="By the distance of pooled features to the nearest images of the class.",
    )


def _caption(looked_at: LookedAt, found: FeatureOutlier) -> str:
    of = "" if found.label is None else f" of {looked_at.name(found.label)}"
    return f"{found.deviations:.1f} deviations beyond the others{of}"
