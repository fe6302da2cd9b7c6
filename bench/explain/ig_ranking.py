"""Whether the maps rank the pixels as a reference of 2,049 nodes does."""

from __future__ import annotations

import numpy as np
from scipy.stats import spearmanr

from bench.explain.subject import Subject


def measure(subject: Subject) -> dict[str, float]:
    """``ig_rank_correlation``: Spearman's correlation of the maps, median over the compared images."""
    pairs = zip(subject.compared, subject.references, strict=True)
    correlations = [
        float(spearmanr(ours.methods["integrated_gradients"].map, reference.map, axis=None).statistic)
        for ours, reference in pairs
    ]
    return {"ig_rank_correlation": float(np.median(correlations)), "ig_rank_correlation_min": min(correlations)}
