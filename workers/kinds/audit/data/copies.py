"""Findings about near-duplicates: leaks between training and audited split, and copies within each."""

from __future__ import annotations

from jobs.results.finding import Effect, Evidence, Finding, LeftOut, Severity
from ml.audit.data.leaks import LeakEffect, leak_effect
from ml.audit.data.near_duplicates import DuplicatePair, Duplicates, Gallery, duplicates_across, duplicates_within
from workers.kinds.audit.given.looked_at import MOST_SHOWN, Found, LookedAt, SplitImages, missed, share_effect

COPIES = "near-duplicates"


def copies(looked_at: LookedAt) -> Found:
    """A finding of the leaks, and one for each split that holds copies."""
    findings: list[Finding] = []
    left_out: list[LeftOut] = []
    training = looked_at.training
    if training is None:
        left_out += missed("leaks between training and audited split", [looked_at.no_training])
    else:
        leaks = duplicates_across(_gallery(training), _gallery(looked_at.audited))
        left_out += missed("leaks between training and audited split", leaks.left_out)
        findings += [_leaks(looked_at, training, leaks)] if leaks.pairs else []
    for images in looked_at.splits():
        found = duplicates_within(_gallery(images))
        left_out += missed(f"{COPIES} within {images.split}", found.left_out)
        findings += [_within(images, found)] if found.pairs else []
    return findings, left_out


def _gallery(images: SplitImages) -> Gallery:
    return Gallery(images.seen.thumbnails, images.seen.features.astype("float32"))


def _leaks(looked_at: LookedAt, training: SplitImages, leaks: Duplicates) -> Finding:
    audited = looked_at.audited
    labels = audited.seen.labels
    found = leak_effect(leaks.pairs, audited.seen.predicted == labels, labelled=labels >= 0)
    count, share = len(found.leaked), len(found.leaked) / len(audited.seen)
    return Finding(
        kind="leak",
        verdict="leak",
        severity=_severity(share, found),
        images=count,
        share=share,
        effect=_accuracy("accuracy without these images", found),
        beside=tuple(_shares(found)),
        image_ids=audited.ids(found.leaked),
        evidence=_shown(leaks.pairs, training, audited),
        words=f"{count} of {len(audited.seen)} images of {audited.split} are near-duplicates of images of "
        f"{training.split}, from which the model learnt.",
        advice=f"Remove these images from {audited.split}, or their copies from {training.split}, and judge the model "
        "by the rest.",
        certainty="Each pair was laid over each other and its pixels agree.",
    )


def _accuracy(what: str, found: LeakEffect) -> Effect | None:
    return share_effect(what, found.without_leaks) if found.without_leaks else None


def _shares(found: LeakEffect) -> list[Effect]:
    named = (("accuracy with all images", found.with_leaks), ("accuracy of these images", found.of_leaks))
    return [share_effect(what, share) for what, share in named if share is not None]


def _severity(share: float, found: LeakEffect) -> Severity:
    gain = 0.0
    if found.with_leaks and found.without_leaks:
        gain = found.with_leaks.share - found.without_leaks.share
    return "high" if share >= 0.05 or gain >= 0.02 else "medium" if share >= 0.01 else "low"


def _within(images: SplitImages, found: Duplicates) -> Finding:
    rows = list(dict.fromkeys(row for pair in found.pairs for row in (pair.first, pair.second)))
    seen = images.seen
    apart = sum(_contradict(*seen.labels[[pair.first, pair.second]]) for pair in found.pairs)
    contradict = f" {apart} pairs have different labels." if apart else ""
    share = len(rows) / len(seen)
    return Finding(
        kind="duplicate",
        verdict="duplicate",
        severity="medium" if share >= 0.05 or contradict else "low",
        images=len(rows),
        share=share,
        image_ids=images.ids(rows),
        evidence=_shown(found.pairs, images, images),
        words=f"{len(rows)} of {len(seen)} images of {images.split} have a near-duplicate in the same split."
        + contradict,
        advice="Keep one of each: copies count twice in every number, and intervals come out too narrow.",
        certainty="Each pair was laid over each other and its pixels agree.",
    )


def _contradict(label: int, other: int) -> bool:
    return min(label, other) >= 0 and label != other


def _shown(pairs: tuple[DuplicatePair, ...], first: SplitImages, second: SplitImages) -> tuple[Evidence, ...]:
    shown = []
    for pair in pairs[: MOST_SHOWN // 2]:
        mirrored = ", mirrored" if pair.mirrored else ""
        shown.append(first.shown(pair.first, f"{first.split}: {first.seen.image_ids[pair.first]}"))
        shown.append(second.shown(pair.second, f"its copy in {second.split}{mirrored}"))
    return tuple(shown)
