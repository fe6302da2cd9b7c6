"""Chooses how many images a shard holds: what takes a worker about 40 s at the rate of earlier shards."""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress

from dispatch.board import Board
from jobs.errors import BoardUnavailable
from jobs.models.model import PublishedModel
from jobs.plan import DEFAULT_SHARD_SIZE
from jobs.results.record import ImageRecord
from jobs.specs.explain_spec import ExplainSpec
from jobs.specs.installed_methods import describe_method

SHARD_S = 40.0
SMALLEST, LARGEST = 16, 4096
# Before anything is known: one forward pass per image is a hundred times quicker than what follows paths or curves.
FORWARD_ONLY_SIZE = 512
_FORWARD_ONLY_METRICS = {"completeness", "localization"}
# What does not change how long an image takes.
_NO_MATTER = {"name", "model", "dataset", "split", "score", "contrast", "shard_size", "max_failure_rate"}
_FEWEST_TIMED = 8


def shard_size(model: PublishedModel, spec: ExplainSpec, board: Board, *, images: int) -> int:
    """What was asked for, or what fits the measured rate; all live workers get some of the images."""
    if spec.shard_size is not None:
        return spec.shard_size
    rate = board.workers.rate(_work(model, spec))
    size = _unmeasured(spec) if rate is None else round(rate * SHARD_S)
    workers = board.workers.count()
    share = math.ceil(images / (2 * workers)) if workers > 1 else images
    return max(SMALLEST, min(size, LARGEST, max(share, DEFAULT_SHARD_SIZE)))


def note_rate(model: PublishedModel, spec: ExplainSpec, board: Board, *, images_per_s: float | None) -> None:
    """Remember how fast a worker was, for the plans of later jobs."""
    if images_per_s is not None:
        with suppress(BoardUnavailable):
            board.workers.note_rate(_work(model, spec), images_per_s)


class RateMeter:
    """Times records as they pass, from the first one on: loading and compiling do not count."""

    def __init__(self) -> None:
        self._times: list[float] = []

    def timed(self, records: Iterable[ImageRecord]) -> Iterator[ImageRecord]:
        """Pass the records on, and note when each one comes."""
        for record in records:
            self._times.append(time.monotonic())
            yield record

    @property
    def images_per_s(self) -> float | None:
        """The measured rate; None where too few images passed to tell."""
        if len(self._times) < _FEWEST_TIMED or self._times[-1] <= self._times[0]:
            return None
        return (len(self._times) - 1) / (self._times[-1] - self._times[0])


def _unmeasured(spec: ExplainSpec) -> int:
    of_layer = all(describe_method(method).of_layer for method in spec.methods)
    forward_only = of_layer and _FORWARD_ONLY_METRICS.issuperset(spec.metrics)
    return FORWARD_ONLY_SIZE if forward_only and spec.noise is None else DEFAULT_SHARD_SIZE


def _work(model: PublishedModel, spec: ExplainSpec) -> str:
    """A digest that is the same for jobs whose images take equally long."""
    asked = spec.model_dump_json(exclude=_NO_MATTER)
    return hashlib.sha256(f"{model.checkpoint.sha256} {asked}".encode()).hexdigest()
