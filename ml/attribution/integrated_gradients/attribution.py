"""What Integrated Gradients finds: the map along a path, and how well it and its sum are known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from ml.attribution.small_difference import SMALL_DIFFERENCE

Map = npt.NDArray[np.float32]
Harder = Literal["map", "sum"]


@dataclass(frozen=True, eq=False)
class Attribution:
    """The integral along one path, or the mean of several.

    Attributes:
        map: (S, S) signed, summed over channels, in logits; adds up to F(x) − F(x′) + δ.
        value: F(x).
        baseline_value: F(x′).
        delta: sum of the map minus (F(x) − F(x′)).
        evaluations: of F and its gradient.
        flags: ``unconverged``, ``absolute_tolerance``, ``non_finite``.
        map_error: estimated Σ|map − true map| / Σ|map|.
        harder: which tolerance was reached last; of those not reached, the one that is further from it.
    """

    map: Map
    value: float
    baseline_value: float
    delta: float
    evaluations: int
    flags: tuple[str, ...] = ()
    map_error: float = 0.0
    harder: Harder = "map"

    @property
    def relative_delta(self) -> float:
        """|δ| / |F(x) − F(x′)|; infinite where the difference is zero and δ is not."""
        return share(abs(self.delta), abs(self.value - self.baseline_value))

    @property
    def judged_delta(self) -> float:
        """|δ| as jobs judge it: over |F(x) − F(x′)|, or over ``SMALL_DIFFERENCE`` if that is more."""
        return abs(self.delta) / max(abs(self.value - self.baseline_value), SMALL_DIFFERENCE)

    @property
    def cancellation(self) -> float:
        """Σ|map| / |F(x) − F(x′)|: how much of what was attributed cancels in the sum; infinite where all does."""
        return share(float(np.abs(self.map).sum(dtype=np.float64)), abs(self.value - self.baseline_value))


def share(part: float, whole: float) -> float:
    """Part over whole; over a whole of 0, a part of 0 gives 0 and any other part infinity."""
    if whole == 0:
        return 0.0 if part == 0 else float("inf")
    return part / whole
