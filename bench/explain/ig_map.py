"""How exact the delivered maps are, whether their estimates say so, and what fixed rules need for the same error.

Our maps are those that users get by default, on images on which nothing was chosen. A rule of n nodes also needs F(x)
and F(x′), forward only, to know its δ: half an evaluation each. Ours has evaluated both ends already.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from bench.explain.bootstrap import interval
from bench.explain.path_profile import Floats
from bench.explain.reference import map_error
from bench.explain.rules import RULES, SIZES, UNIFORM
from bench.explain.subject import BASELINES, Subject, baseline_of
from ml.evaluation.predictions import wilson_interval

ENDS = 1.0
COVERED = 1.25
"""An estimate counts as right where the true error is at most so many times as large."""


def measure(subject: Subject) -> Mapping[str, object]:
    """``map_error_p50``, ``map_error_p95``, ``map_error_coverage``, ``ig_map_cost_ratio`` and ``…_uniform``."""
    found = [each.methods["integrated_gradients"] for each in subject.compared]
    errors = [map_error(each.map, true.map) for each, true in zip(found, subject.references, strict=True)]
    estimates = [each.metrics["map_error"] for each in found]
    spent = np.array([each.metrics["evaluations"] for each in found])
    covered = [error <= COVERED * estimate for error, estimate in zip(errors, estimates, strict=True)]
    return {
        "map_error_images": len(errors),
        "map_error_p50": float(np.median(errors)),
        "map_error_p50_interval": interval(errors),
        "map_error_p95": float(np.quantile(errors, 0.95)),
        "map_error_estimate_p50": float(np.median(estimates)),
        "map_error_over_estimate_max": max(error / estimate for error, estimate in zip(errors, estimates, strict=True)),
        "map_error_coverage": float(np.mean(covered)),
        "map_error_coverage_at_least": wilson_interval(sum(covered), len(covered))[0],
        **_costs(subject, errors, spent),
        "harder_sum_share": float(np.mean([each.harder == "sum" for each in found])),
    }


def _costs(subject: Subject, errors: list[float], spent: Floats) -> dict[str, object]:
    """What each rule needs image by image for our error, over what we needed; the best rule is the cheapest.

    Of all baselines together one rule is the best; of each baseline alone it may be another.
    """
    triples = zip(subject.references, errors, spent, strict=True)
    ratios = np.array([[(needed(row, error) + ENDS) / n for row in one.rule_errors] for one, error, n in triples])
    best, uniform = int(np.argmin(np.median(ratios, axis=0))), list(RULES).index(UNIFORM)
    of_baseline = {name: ratios[[row for row in range(len(ratios)) if baseline_of(row) == name]] for name in BASELINES}
    return {
        "ig_map_cost_ratio": float(np.median(ratios[:, best])),
        "ig_map_cost_ratio_interval": interval(ratios[:, best].tolist()),
        "ig_map_cost_ratio_rule": list(RULES)[best],
        "ig_map_cost_ratio_uniform": float(np.median(ratios[:, uniform])),
        "ig_map_cost_ratio_uniform_interval": interval(ratios[:, uniform].tolist()),
        "ig_map_cost_ratio_by_baseline": {name: _best(each) for name, each in of_baseline.items() if len(each)},
        "ig_map_cost_ratios": dict(zip(RULES, np.median(ratios, axis=0).tolist(), strict=True)),
        "ig_map_evaluations_median": float(np.median(spent)),
    }


def _best(ratios: Floats) -> dict[str, object]:
    """The cheapest rule of some images (n, rules), and its median ratio."""
    medians = np.median(ratios, axis=0)
    best = int(np.argmin(medians))
    return {"images": len(ratios), "rule": list(RULES)[best], "ratio": float(medians[best])}


def needed(errors: Floats, wanted: float) -> float:
    """How many evaluations bring a rule's error to ``wanted`` for good, between ``SIZES`` on a line in logarithms.

    The largest size where it is not reached; the smallest where that is more than enough.
    """
    over = np.flatnonzero(np.asarray(errors) > wanted)
    if not len(over):
        return float(SIZES[0])
    last = int(over[-1])
    if last + 1 == len(SIZES):
        return float(SIZES[-1])
    logs = np.log(errors[last : last + 2])
    share = (logs[0] - np.log(wanted)) / (logs[0] - logs[1])
    return float(np.exp(np.log(SIZES[last]) + share * np.log(SIZES[last + 1] / SIZES[last])))
