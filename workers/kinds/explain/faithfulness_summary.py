"""Summarises deletion and insertion: each method beside the random map, over all images and class by class."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from jobs.specs.explain_spec import Faithfulness
from ml.attribution.quality.faithfulness_protocol import PROTOCOLS
from ml.evaluation.mean_interval import INTERVAL
from workers.kinds.explain.measured import Measured, Numbers, spread

CLASSES_AT_MOST = 120
FEW_IMAGES = 10
"""A class with fewer images is marked, as their mean says little of it."""
JUDGES = (
    "Deletion and insertion judge the map, not the model: a model that cheats by a mark in the pictures can have the "
    "best areas, if its maps point at the mark. They are worth as much as they differ from those of the random map."
)
_CURVES = ("deletion", "insertion")


def faithfulness_summary(measured: Measured, protocol: Faithfulness) -> dict[str, Any]:
    """The table of deletion and insertion with all that is needed to read it; nothing where neither was measured.

    Of every curve: ``map``, ``random`` and ``difference`` (image by image, map minus random), each with mean, 95 %
    interval, median and number of images; and ``not_finite``, how many maps have no area.
    """
    methods = {method: found for method in measured.methods if (found := _method(measured, method))}
    if not methods:
        return {}
    return {
        "protocol": protocol,
        "meaning": PROTOCOLS[protocol].meaning,
        "judges": JUDGES,
        "interval": INTERVAL,
        "few_images": FEW_IMAGES,
        "methods": methods,
    }


def _method(measured: Measured, method: str) -> dict[str, Any]:
    areas = {
        curve: (measured.every(method, f"{curve}_auc"), measured.every(method, f"{curve}_auc_random"))
        for curve in _CURVES
    }
    known = np.any([np.isfinite(of_map) for of_map, _ in areas.values()], axis=0)
    if not known.any():
        return {}
    everywhere = np.ones(len(known), np.bool_)
    labels = measured.column("target")
    counts = Counter(int(label) for label in labels[known & np.isfinite(labels)])
    shown = sorted(label for label, _ in counts.most_common(CLASSES_AT_MOST))
    return {
        "all": {curve: found for curve, pair in areas.items() if (found := _curve(*pair, everywhere))},
        "classes": [
            {
                "class": label,
                "images": counts[label],
                **{curve: found for curve, pair in areas.items() if (found := _curve(*pair, labels == label))},
            }
            for label in shown
        ],
        "classes_left_out": len(counts) - len(shown),
    }


def _curve(of_map: Numbers, of_chance: Numbers, chosen: Any) -> dict[str, Any]:
    """One curve over the chosen images; the random map is counted on those that have an area."""
    finite = np.isfinite(of_map) & chosen
    pairs = finite & np.isfinite(of_chance)  # 0.1.0 measured no random map
    if not finite.any():
        return {}
    return {
        "map": spread(of_map[finite]),
        "random": spread(of_chance[pairs]),
        "difference": spread((of_map - of_chance)[pairs]),
        "not_finite": int((~np.isfinite(of_map) & np.isfinite(of_chance) & chosen).sum()),
    }
