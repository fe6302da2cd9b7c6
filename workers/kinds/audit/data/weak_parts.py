"""Findings about slices of the images in which the model errs more often."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from jobs.results.finding import Finding, Severity
from jobs.results.wording import percent
from ml.audit.data.picture_measures import MEASURES
from ml.audit.data.slices import Slice, class_slices, cluster_slices, quarter_slices
from ml.audit.data.weak_slices import WeakSlice, weak_slices
from workers.kinds.audit.given.looked_at import MOST_SHOWN, Found, LookedAt, missed, share_effect

SLICES = "slices with more errors"
_MEASURED = ("brightness", "contrast", "sharpness", "size")
MOST_FOUND = 12


def weak_parts(looked_at: LookedAt) -> Found:
    """One finding for each slice, the surest first; they may overlap."""
    audited = looked_at.audited
    if audited.labels is None:
        return [], missed(SLICES, [looked_at.no_labels])
    labelled = np.flatnonzero(audited.labels >= 0)
    seen = audited.seen.rows(labelled)
    slices = [*class_slices(seen.labels, looked_at.class_names), *_measured(seen.measures)]
    slices += cluster_slices(looked_at.clusters[labelled])
    wrong = seen.predicted != seen.labels
    found = weak_slices(wrong, slices)
    findings = [_finding(looked_at, each, labelled, wrong) for each in found.found[:MOST_FOUND]]
    return findings, missed(SLICES, found.left_out)


def _measured(measures: npt.NDArray[np.float64]) -> list[Slice]:
    columns = dict(zip(MEASURES, measures.T, strict=True))
    columns["size"] = columns["height"] * columns["width"]
    return [each for name in _MEASURED for each in quarter_slices(name, columns[name])]


def _finding(
    looked_at: LookedAt, found: WeakSlice, labelled: npt.NDArray[np.int64], wrong: npt.NDArray[np.bool_]
) -> Finding:
    part, audited = found.slice, looked_at.audited
    rows = labelled[part.members & wrong].tolist()
    named = part.value if part.kind in {"class", "cluster"} else f"{part.kind} {part.value}"
    return Finding(
        kind=part.kind,
        verdict="slice",
        severity=_severity(found.error.share - found.rest.share),
        label=part.label,
        class_name="" if part.label is None else looked_at.name(part.label),
        images=int(part.members.sum()),
        share=float(part.members.mean()),
        effect=share_effect("share of wrong predictions", found.error),
        beside=(share_effect("the same of all other images", found.rest),),
        image_ids=audited.ids(rows),
        evidence=tuple(audited.shown(row, _caption(looked_at, row)) for row in rows[:MOST_SHOWN]),
        words=f"{found.error.count} of {found.error.of} images of the slice {named} are predicted wrong, "
        f"{percent(found.rest.share)} of the others.",
        advice="Collect or augment images of this slice, or do not rely on the model there.",
        certainty=f"Fisher's exact test, p = {found.p_value:.2g} after {found.looks} looks (Holm).",
    )


def _caption(looked_at: LookedAt, row: int) -> str:
    seen = looked_at.audited.seen
    return f"{looked_at.name(int(seen.labels[row]))}, taken for {looked_at.name(int(seen.predicted[row]))}"


def _severity(difference: float) -> Severity:
    return "high" if difference >= 0.3 else "medium" if difference >= 0.1 else "low"
