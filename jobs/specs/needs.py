"""Lists what a job needs before it can start: data sets, splits, models and uploads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import NamedTuple


class SplitOfDataset(NamedTuple):
    """A split of a data set, or a slice of one."""

    dataset: str
    split: str


@dataclass(frozen=True)
class Needs:
    """What a job needs, by the field of the specification that names it.

    Attributes:
        datasets: names of data sets.
        splits: of these data sets.
        models: ids of published models, or ``job:<id>`` of the jobs that make them.
        uploads: SHA-256 of uploaded files.
        results: ids of jobs whose results are read, by image or as a whole.
        jobs: ids of other jobs of which something is read.
    """

    datasets: Mapping[str, str] = field(default_factory=dict)
    splits: Mapping[str, SplitOfDataset] = field(default_factory=dict)
    models: Mapping[str, str] = field(default_factory=dict)
    uploads: Mapping[str, str] = field(default_factory=dict)
    results: Mapping[str, str] = field(default_factory=dict)
    jobs: Mapping[str, str] = field(default_factory=dict)

    def within(self, place: str) -> Needs:
        """The same needs, where the specification is nested in another one as its field ``place``."""
        needed = {each.name: getattr(self, each.name) for each in fields(self)}
        return Needs(**{of: {f"{place}.{name}": each for name, each in named.items()} for of, named in needed.items()})


def needs_of_split(dataset: str, split: str, *, models: Mapping[str, str] | None = None) -> Needs:
    """The needs of a job that reads one split, given by its fields ``dataset`` and ``split``."""
    splits = {"split": SplitOfDataset(dataset, split)}
    return Needs(datasets={"dataset": dataset}, splits=splits, models=models or {})
