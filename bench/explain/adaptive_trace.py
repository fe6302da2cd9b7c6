"""Our rule round by round, evaluated on the network itself: error of the map, its estimate, and δ."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt

from bench.explain.path_profile import BATCH, Densities, Floats, densities_of
from bench.explain.reference import Reference, map_error
from bench.explain.subject import Subject
from ml.attribution.integrated_gradients.adaptive_path import Accuracy, AdaptivePath
from ml.attribution.integrated_gradients.path_gradients import PathEnds

MOST = 192
# Never reached, so that the path goes on, while any sum will do: the rounds are those of the map alone.
_ACCURACY = Accuracy(np.inf, MOST, map_tolerance=1e-9)


@dataclass(frozen=True, eq=False)
class Trace:
    """After each round of one path, (rounds,) each.

    Attributes:
        evaluations: so far.
        errors: Σ|map − true map| / Σ|true map|.
        estimates: of the same, as the path gives them.
        deltas: |δ| / |F(x) − F(x′)|.
    """

    evaluations: Floats
    errors: Floats
    estimates: Floats
    deltas: Floats


def traces(subject: Subject) -> list[Trace]:
    """Of the images that have a reference; made once and kept."""
    densities, found = densities_of(subject.model), []
    for index, ends in enumerate(subject.paths):
        path = subject.places.cache / f"trace-{index:03d}.npz"
        if not path.is_file():
            np.savez(path, **asdict(_traced(densities, ends, subject.references[index])))
        with np.load(path) as kept:
            found.append(Trace(**kept))
    return found


def _traced(densities: Densities, ends: PathEnds, reference: Reference) -> Trace:
    path, rows = AdaptivePath(_ACCURACY), []
    while len(wanted := path.next_nodes()):
        values, maps = _evaluated(densities, ends, wanted)
        path.insert(wanted, values, list(maps))
        now = path.result()
        rows.append((now.evaluations, map_error(now.map, reference.map), now.map_error, now.relative_delta))
    return Trace(*np.array(rows, np.float64).T)


def _evaluated(densities: Densities, ends: PathEnds, alphas: Floats) -> tuple[Floats, npt.NDArray[np.float32]]:
    parts = [alphas[start : start + BATCH] for start in range(0, len(alphas), BATCH)]
    found = [densities(ends, np.resize(part, BATCH).astype(np.float32)) for part in parts]
    values = [np.asarray(each[0], np.float64)[: len(part)] for each, part in zip(found, parts, strict=True)]
    maps = [np.asarray(each[1])[: len(part)] for each, part in zip(found, parts, strict=True)]
    return np.concatenate(values), np.concatenate(maps)
