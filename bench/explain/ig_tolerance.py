"""How many images Integrated Gradients gets within the tolerance that was asked for."""

from __future__ import annotations

import numpy as np

from bench.explain.subject import Subject

TOLERANCE, MOST = 0.05, 512


def measure(subject: Subject) -> dict[str, float]:
    """``ig_within_tolerance``: the share with relative δ and map error of 5 % at most after 512 evaluations."""
    found = [each.methods["integrated_gradients"] for each in subject.integrated]
    evaluations = np.array([each.metrics["evaluations"] for each in found])
    within = [
        max(each.metrics["relative_delta"], each.metrics["map_error"]) <= TOLERANCE
        and "unconverged" not in each.flags
        and spent <= MOST
        for each, spent in zip(found, evaluations, strict=True)
    ]
    return {
        "ig_within_tolerance": float(np.mean(within)),
        "ig_evaluations_median": float(np.median(evaluations)),
        "ig_evaluations_mean": float(evaluations.mean()),
        "ig_evaluations_max": float(evaluations.max()),
    }
