"""Holds what a program found against what TensorFlow found of the same rows, in float32 on a CPU."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from bench.gpu.program import MOMENT, Array, Program, ProgramFolder

Found = dict[str, Any]


def agreement(program: Program, results: Sequence[Array], folder: ProgramFolder) -> Found:
    """How far the first run of a program is from the reference.

    Raises:
        ValueError: the program does not return what it should.
    """
    reference = {name: folder.array(array) for name, array in program.reference.items()}
    if program.kind == "gradcam":
        logits, *_, maps = results
        return _maps_agreement(maps, reference["maps"]) | {"logits_error": _largest(logits, reference["logits"])}
    if program.kind == "gradients":
        values, maps = results
        return _maps_agreement(maps, reference["maps"]) | {"values_error": _largest(values, reference["values"])}
    return _training_agreement(program, results, reference)


def _maps_agreement(found: Array, reference: Array) -> Found:
    """Spearman's correlation of each map (..., H, W) of the reference; constant maps have none and are counted."""
    shape = (-1, *reference.shape[-2:])
    pairs = zip(found[: len(reference)].reshape(shape), reference.reshape(shape), strict=True)
    every = np.array([spearman(one, other) for one, other in pairs])
    known = every[~np.isnan(every)]
    return {
        "maps": len(known),
        "maps_left_out": len(every) - len(known),
        "spearman_min": float(known.min()) if len(known) else None,
        "spearman_median": float(np.median(known)) if len(known) else None,
    }


def spearman(one: Array, other: Array) -> float:
    """Spearman's rho over all pixels, ties at their mean rank; of constant maps NaN, of one alone constant or NaN 0."""
    flat = [np.ptp(each) == 0 for each in (one, other)]
    if all(flat):
        return float("nan")
    if any(flat) or not (np.isfinite(one).all() and np.isfinite(other).all()):
        return 0.0
    first, second = (rankdata(each.ravel()) for each in (one, other))
    first, second = first - first.mean(), second - second.mean()
    return float(first @ second / np.sqrt((first @ first) * (second @ second)))


def _training_agreement(program: Program, results: Sequence[Array], reference: dict[str, Array]) -> Found:
    measured, *updates = results
    changed = dict(zip(program.updated, updates, strict=True))
    moments = [name for name in reference if name.startswith(MOMENT)]
    found = [changed[int(name.removeprefix(MOMENT))] for name in moments]
    pairs = zip(found, (reference[name] for name in moments), strict=True)
    missed = sum(float(np.square(one - other).sum(dtype=np.float64)) for one, other in pairs)
    size = sum(float(np.square(reference[name]).sum(dtype=np.float64)) for name in moments)
    return {
        "loss": float(measured[0]),
        "loss_error": abs(float(measured[0]) - float(reference["loss"])),
        "gradient_error": float(np.sqrt(missed / size)),
        "gradients": len(moments),
    }


def _largest(one: npt.NDArray[Any], other: npt.NDArray[Any]) -> float:
    """The largest difference, of the rows of the reference."""
    return float(np.abs(one[: len(other)] - other).max())
