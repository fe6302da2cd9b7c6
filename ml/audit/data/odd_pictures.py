"""Finds pictures that are odd: dark, bright, without contrast, blurred, of another size or of other proportions.

A picture is odd that lies far from the median of its set, counted in robust standard deviations, or beyond a limit that
is odd in any set.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.audit.data.picture_measures import MEASURES
from ml.audit.data.robust import spread
from ml.errors import MlError

DEVIATIONS = 4.0
LEAST_CONTRAST = 1.0
"""Standard deviation of the grey levels that a picture needs to be called blurred."""
FEWEST = 8
"""Pictures that a set needs to have a median worth comparing with."""
Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class OddPicture:
    """One picture and one way in which it is odd.

    Attributes:
        image: row of the measures.
        kind: one of ``KINDS``.
        value: what was measured.
        median: of the set.
        deviations: how many robust standard deviations it lies from the median.
        words: a sentence for people.
    """

    image: int
    kind: str
    value: float
    median: float
    deviations: float
    words: str


@dataclass(frozen=True)
class OddPictures:
    """What is odd, kind by kind, the oddest first; and sentences on what could not be done."""

    found: tuple[OddPicture, ...]
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Kind:
    """One way to be odd.

    Attributes:
        name: of it.
        words: a sentence of ``value`` and ``median``.
        value: from the columns, by name, to what is measured; NaN where a picture does not tell.
        scale: on which deviations are counted.
        side: -1 where low is odd, 1 where high is, 0 where both are.
        least: the standard deviation on this scale that is taken at least.
        limit: beyond which any picture is odd, whatever the others are; None: there is none.
    """

    name: str
    words: str
    value: Callable[[dict[str, Numbers]], Numbers]
    scale: Callable[[Numbers], Numbers]
    side: int
    least: float
    limit: float | None


def _plain(values: Numbers) -> Numbers:
    return values


def _logarithm(values: Numbers) -> Numbers:
    return np.log(np.maximum(values, 1e-3))


_KINDS = (
    _Kind(
        "dark",
        "It is dark: its mean brightness is {value:.0f} of 255; the median is {median:.0f}.",
        lambda column: column["brightness"],
        _plain,
        side=-1,
        least=10.0,
        limit=25.0,
    ),
    _Kind(
        "bright",
        "It is bright: its mean brightness is {value:.0f} of 255; the median is {median:.0f}.",
        lambda column: column["brightness"],
        _plain,
        side=1,
        least=10.0,
        limit=235.0,
    ),
    _Kind(
        "low_contrast",
        "It has little contrast: its grey levels differ by {value:.1f} (standard deviation); the median is "
        "{median:.0f}.",
        lambda column: column["contrast"],
        _logarithm,
        side=-1,
        least=0.2,
        limit=10.0,
    ),
    _Kind(
        "blurred",
        "It is blurred: its sharpness is {value:.2f}; the median is {median:.2f}.",
        # What has next to no contrast is neither sharp nor blurred.
        lambda column: np.where(column["contrast"] < LEAST_CONTRAST, np.nan, column["sharpness"]),
        _logarithm,
        side=-1,
        least=0.15,
        limit=None,
    ),
    _Kind(
        "size",
        "Its size is another: {value:.0f} pixels (root of its area); the median is {median:.0f}.",
        lambda column: np.sqrt(column["height"] * column["width"]),
        _logarithm,
        side=0,
        least=0.15,
        limit=None,
    ),
    _Kind(
        "proportions",
        "Its proportions are others: its longer side is {value:.2f} times the shorter; the median is {median:.2f}.",
        lambda column: np.maximum(column["height"], column["width"]) / np.minimum(column["height"], column["width"]),
        _logarithm,
        side=0,
        least=0.1,
        limit=None,
    ),
)
KINDS = tuple(kind.name for kind in _KINDS)


def odd_pictures(measures: NDArray[np.float64]) -> OddPictures:
    """Judge pictures by their measures (N, 5), columns as in ``ml.audit.data.picture_measures.MEASURES``.

    A row that is not finite is left out. In a set of fewer than 8 pictures only the limits count.

    Raises:
        MlError: there are other columns.
    """
    if measures.ndim != 2 or measures.shape[1] != len(MEASURES):
        raise MlError(f"measures {measures.shape}: pass one row per picture with the columns {', '.join(MEASURES)}")
    known = np.flatnonzero(np.isfinite(measures).all(axis=1))
    columns = dict(zip(MEASURES, measures[known].T, strict=True))
    found = tuple(odd for kind in _KINDS for odd in _odd(kind, kind.value(columns), known))
    return OddPictures(found, _left_out(len(measures) - len(known), len(known)))


def _odd(kind: _Kind, values: Numbers, images: NDArray[np.int64]) -> list[OddPicture]:
    images, values = images[np.isfinite(values)], values[np.isfinite(values)]
    if not len(values):
        return []
    on_scale = kind.scale(values)
    deviations = (on_scale - np.median(on_scale)) / spread(on_scale, least=kind.least)
    directed = np.abs(deviations) if kind.side == 0 else kind.side * deviations
    odd = (directed >= DEVIATIONS) & (len(values) >= FEWEST)
    if kind.limit is not None:
        odd |= kind.side * values >= kind.side * kind.limit
    median = float(np.median(values))
    order = np.flatnonzero(odd)[np.argsort(-directed[odd], kind="stable")]
    return [
        OddPicture(
            image=int(images[place]),
            kind=kind.name,
            value=float(values[place]),
            median=median,
            deviations=float(deviations[place]),
            words=kind.words.format(value=values[place], median=median),
        )
        for place in order
    ]


def _left_out(skipped: int, judged: int) -> tuple[str, ...]:
    unmeasured = (f"{skipped} pictures were not judged: they were not measured.",) if skipped else ()
    if judged >= FEWEST:
        return unmeasured
    return (*unmeasured, f"Pictures were not compared with each other: there are {judged}, and {FEWEST} are needed.")
