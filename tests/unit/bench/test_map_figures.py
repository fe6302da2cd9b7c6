"""The figures about the error of maps, on paths whose integral is known: no network."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pytest

from bench.explain import ig_map
from bench.explain.adaptive_trace import _traced
from bench.explain.reference import Reference, _evaluated, map_error
from bench.explain.rules import RULES, SIZES, UNIFORM
from bench.explain.subject import BASELINES, Subject
from ml.attribution.integrated_gradients.path_gradients import PathEnds

SIDE = 4
POWERS = np.linspace(1, 3, SIDE * SIDE).reshape(SIDE, SIDE).astype(np.float32)
ENDS = PathEnds(np.ones((SIDE, SIDE, 3), np.float32), np.zeros((SIDE, SIDE, 3), np.float32), target=0)


def densities(_: PathEnds, alphas: npt.NDArray[np.float32]) -> tuple[Any, Any]:
    """Each pixel contributes α to a power of its own, so that its attribution is 1."""
    places = alphas[:, None, None]
    return (places**POWERS).sum(axis=(1, 2)), POWERS * places ** (POWERS - 1)


@pytest.fixture(scope="module")
def reference() -> Reference:
    return _evaluated(densities, ENDS)


def test_the_reference_is_the_closed_form(reference: Reference) -> None:
    np.testing.assert_allclose(reference.map, np.ones((SIDE, SIDE)), rtol=1e-4)


def test_the_errors_of_the_fixed_rules_are_read_off_in_the_same_pass(reference: Reference) -> None:
    uniform = reference.rule_errors[list(RULES).index(UNIFORM)]
    assert uniform.shape == (len(SIZES),)
    nodes = (np.arange(SIZES[2]) + 0.5) / SIZES[2]
    found = densities(ENDS, nodes.astype(np.float32))[1].mean(axis=0)
    assert uniform[2] == pytest.approx(map_error(found, reference.map), rel=0.1)


def test_the_trace_gets_closer_round_by_round(reference: Reference) -> None:
    trace = _traced(densities, ENDS, reference)
    assert (np.diff(trace.evaluations) > 0).all()
    assert trace.errors[-1] < trace.errors[0] / 4
    assert (trace.errors <= 1.25 * trace.estimates).all()


def test_costs_are_ratios_to_what_ours_spent(reference: Reference) -> None:
    trace = _traced(densities, ENDS, reference)
    found = SimpleNamespace(
        map=reference.map * (1 + np.float32(trace.errors[3])),
        metrics={"map_error": trace.estimates[3], "evaluations": trace.evaluations[3]},
        harder="map",
    )
    explanation = SimpleNamespace(methods={"integrated_gradients": found})
    subject = SimpleNamespace(compared=[explanation] * 3, references=[reference] * 3)
    figures = ig_map.measure(cast(Subject, subject))
    assert figures["map_error_p50"] == pytest.approx(trace.errors[3], rel=1e-2)
    assert figures["map_error_coverage"] == 1
    assert set(cast(dict[str, Any], figures["ig_map_cost_ratio_by_baseline"])) == set(BASELINES)
    assert cast(float, figures["ig_map_cost_ratio"]) <= cast(float, figures["ig_map_cost_ratio_uniform"])
