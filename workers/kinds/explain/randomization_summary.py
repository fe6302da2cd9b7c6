"""Summarises the randomisation test: how alike the maps stay while weights are drawn anew, stage by stage."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from jobs.results.measure import CASCADE, LEFT_OUT, cascade_measure
from jobs.results.report import Report
from workers.kinds.explain.measured import Measured, spread


def cascade_summary(reports: Iterable[Report], measured: Measured) -> dict[str, list[dict[str, Any]]]:
    """One row for each stage, by method: ``random``, ``lowest_layer``, ``signed``, ``magnitude`` and what is left out.

    The numbers are Spearman's rank correlation, each with mean, 95 % interval, median and number of images.
    """
    told = [found for report in reports if isinstance(found := report.values.get("randomization"), Mapping) and found]
    lowest = _first_list(each.get("lowest_random_layers") for each in told)
    by_method = {method: _stages(measured, method, lowest, _counted(told, method)) for method in measured.methods}
    return {method: stages for method, stages in by_method.items() if stages}


def parts_summary(measured: Measured) -> dict[str, dict[str, float]]:
    """What 0.1.0 measured: median rank correlation with a random head, and with a random backbone, by method."""
    names = ("head", "head_abs", "backbone", "backbone_abs")
    found = {
        method: {
            name: float(np.median(values))
            for name in names
            if len(values := measured.of(method, f"spearman_random_{name}"))
        }
        for method in measured.methods
    }
    return {method: each for method, each in found.items() if each}


def _stages(
    measured: Measured, method: str, lowest: list[Any], counted: Mapping[int, Counter[str]]
) -> list[dict[str, Any]]:
    rows = []
    for stage, random in enumerate(CASCADE):
        signed = spread(measured.of(method, cascade_measure(stage)))
        counts = counted.get(stage, Counter())
        left_out = {name: counts[name] for name in LEFT_OUT if counts[name]}
        if signed or left_out:
            rows.append(
                {
                    "random": random,
                    "lowest_layer": lowest[stage] if stage < len(lowest) else None,
                    "signed": signed,
                    "magnitude": spread(measured.of(method, cascade_measure(stage, magnitude=True))),
                    "left_out": left_out,
                    "unconverged": counts["unconverged"],
                }
            )
    return rows


def _counted(told: Iterable[Mapping[str, Any]], method: str) -> dict[int, Counter[str]]:
    """Counts by stage, those of all shards together."""
    found: dict[int, Counter[str]] = {}
    for each in told:
        for stage, counts in enumerate(each.get("counted", {}).get(method, [])):
            found.setdefault(stage, Counter()).update(counts)
    return found


def _first_list(values: Iterable[Any]) -> list[Any]:
    return next((value for value in values if isinstance(value, list)), [])
