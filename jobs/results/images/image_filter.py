"""Which images of a job, and in which order: one frozen value, and its text in addresses.

The page, the API and the command line take the same filters by the same names; ``image_filter_text`` reads the text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Self
from urllib.parse import quote, urlencode

from jobs.results.columns import SORTABLE
from jobs.results.measure import MEASURES
from jobs.results.record import Outcome

INDEX, CONFIDENCE = "index", "confidence"
SORTS = tuple(f"{sign}{name}" for name in (INDEX, *(each for each in SORTABLE if each != INDEX)) for sign in ("", "-"))
"""By what images can be listed; a leading minus means the greatest first."""
RANGED = (CONFIDENCE, *MEASURES)
"""Values of which a range can be asked for."""


@dataclass(frozen=True)
class ValueRange:
    """The confidence or a measure lies between two numbers, both included; None is no bound."""

    name: str
    low: float | None = None
    high: float | None = None

    def __str__(self) -> str:
        """As it stands in an address."""
        low, high = ("" if bound is None else repr(bound) for bound in (self.low, self.high))
        return f"{self.name}:{low}..{high}"


@dataclass(frozen=True)
class ImageFilter:
    """The images that fulfil all of this, in an order. An empty tuple and None ask for nothing.

    Attributes:
        sort: one of ``SORTS``; images that come out equal, and those without the value, are in the order of the split.
        method: whose measures are sorted by and compared with ranges; None: the first that has been measured so.
        outcome: any of these; so are ``label`` (true class), ``prediction``, ``flag`` (of any map), ``cluster`` (in
            which an audit put the image, from 1) and ``id``.
        range: all of these.
        search: a part of the id, in any case.
    """

    sort: str = INDEX
    method: str | None = None
    outcome: tuple[Outcome, ...] = ()
    label: tuple[int, ...] = ()
    prediction: tuple[int, ...] = ()
    flag: tuple[str, ...] = ()
    cluster: tuple[int, ...] = ()
    range: tuple[ValueRange, ...] = ()
    id: tuple[str, ...] = ()
    search: str | None = None

    @property
    def column(self) -> str:
        """The name of what is sorted by."""
        return self.sort.removeprefix("-")

    @property
    def descending(self) -> bool:
        """Whether the greatest value comes first."""
        return self.sort.startswith("-")

    @property
    def narrows(self) -> bool:
        """Whether it leaves images out."""
        return self.without_filters() != self

    def but(self, **changed: Any) -> Self:
        """The same with other values."""
        return replace(self, **changed)

    def without_filters(self) -> ImageFilter:
        """All images in the same order."""
        return ImageFilter(sort=self.sort, method=self.method)

    def range_of(self, name: str) -> ValueRange:
        """The range that is asked for; one without bounds where none is."""
        return next((each for each in self.range if each.name == name), ValueRange(name))

    def with_range(self, wanted: ValueRange) -> Self:
        """The same with this range in place of the one of the same name; one without bounds removes that."""
        others = tuple(each for each in self.range if each.name != wanted.name)
        bounded = wanted.low is not None or wanted.high is not None
        return self.but(range=tuple(sorted((*others, wanted) if bounded else others, key=str)))

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Names and values, as they stand in an address; what asks for nothing is left out."""
        return tuple(self._pairs())

    def query(self) -> str:
        """What follows the ``?`` of an address; empty where nothing is asked for."""
        return urlencode(self.pairs(), safe=":", quote_via=quote)

    def _pairs(self) -> Iterator[tuple[str, str]]:
        if self.sort != INDEX:
            yield "sort", self.sort
        if self.method is not None:
            yield "method", self.method
        yield from (("outcome", each.value) for each in self.outcome)
        yield from (("label", str(each)) for each in self.label)
        yield from (("prediction", str(each)) for each in self.prediction)
        yield from (("flag", each) for each in self.flag)
        yield from (("cluster", str(each)) for each in self.cluster)
        yield from (("range", str(each)) for each in self.range)
        yield from (("id", each) for each in self.id)
        if self.search is not None:
            yield "search", self.search
