"""What the tolerance of the sum costs by the rules that others use, in units of what map and sum cost here.

A rule of n nodes also needs F(x) and F(x′), forward only, to know its δ: half an evaluation each. Ours has evaluated
both ends already. A rule is within tolerance at a size if it is so at the next three sizes too.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bench.explain.path_profile import Profile
from bench.explain.rules import Rule, gauss_legendre, midpoints, relative_delta
from bench.explain.subject import Subject

TOLERANCE, HELD, ENDS = 0.05, 3, 1.0
# δ is read off the slopes, so that large sizes cost nothing; uniform midpoints need them.
SIZES = (8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024)


def measure(subject: Subject) -> dict[str, float]:
    """``ig_cost_ratio`` against uniform midpoints, ``ig_cost_ratio_gauss_legendre``; medians over compared images."""
    ours = np.array([each.methods["integrated_gradients"].metrics["evaluations"] for each in subject.compared])
    uniform = np.array([needed_by(midpoints, reference) for reference in subject.references])
    gauss = np.array([needed_by(gauss_legendre, reference) for reference in subject.references])
    return {
        "ig_cost_ratio": float(np.median((uniform + ENDS) / ours)),
        "ig_cost_ratio_gauss_legendre": float(np.median((gauss + ENDS) / ours)),
        "ig_evaluations_median_compared": float(np.median(ours)),
        "midpoint_evaluations_median": float(np.median(uniform)),
        "gauss_legendre_evaluations_median": float(np.median(gauss)),
    }


def needed(sizes: Sequence[int], relative_deltas: Sequence[float]) -> int:
    """The first size within tolerance that stays so for three more; the largest size where none does.

    Near the largest size fewer than three are left to hold for: that counts in favour of the rule.
    """
    within = np.abs(np.asarray(relative_deltas)) <= TOLERANCE
    for index, size in enumerate(sizes):
        if within[index : index + HELD + 1].all():
            return size
    return sizes[-1]


def needed_by(rule: Rule, reference: Profile) -> int:
    """How many nodes a rule needs on one path."""
    return needed(SIZES, [relative_delta(rule, reference, size) for size in SIZES])
