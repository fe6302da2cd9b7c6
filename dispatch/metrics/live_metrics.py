"""Keeps in Redis what workers count for Prometheus.

Workers have no port that could be asked, and come and go. So they count in one place, and each replica of the API says
the same. If Redis loses its data all numbers begin at zero again, which Prometheus takes for a restart.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dispatch.job_keys import KEPT_S, JobKeys
from dispatch.metrics.table import METRICS, Metric
from dispatch.redis_client import translated

_SUM = "sum"
_BETWEEN = "|"
Labels = tuple[str, ...]


@dataclass(frozen=True)
class Series:
    """One combination of labels.

    Attributes:
        count: of what happened.
        total: seconds in all, of a distribution.
        by_bucket: how many fell into each bucket of a distribution; the last is for what exceeds all bounds.
    """

    count: float = 0.0
    total: float = 0.0
    by_bucket: tuple[float, ...] = field(default=())


class LiveMetrics:
    """All counters and histograms, in one hash in Redis."""

    def __init__(self, keys: JobKeys) -> None:
        self._keys = keys
        self._key = f"{keys.prefix}metrics"

    def add(self, metric: Metric, *labels: str, by: int = 1) -> None:
        """Add to a counter."""
        with translated(self._keys.client):
            self._keys.client.hincrby(self._key, _BETWEEN.join((metric.name, *labels)), by)

    def observe(self, metric: Metric, seconds: float, *labels: str) -> None:
        """Add a duration to a histogram."""
        bucket = str(bisect_left(metric.buckets, seconds))
        with translated(self._keys.client), self._keys.client.pipeline() as pipeline:
            pipeline.hincrby(self._key, _BETWEEN.join((metric.name, *labels, bucket)), 1)
            pipeline.hincrbyfloat(self._key, _BETWEEN.join((metric.name, *labels, _SUM)), max(seconds, 0.0))
            pipeline.execute()

    def first_time(self, what: str, job_id: str) -> bool:
        """Whether nobody has asked this about a job before."""
        with translated(self._keys.client):
            return bool(self._keys.client.set(self._keys.of(what, job_id), "1", nx=True, ex=KEPT_S))

    def read(self) -> dict[str, dict[Labels, Series]]:
        """All series by the name of their metric, in one call; what another version counts is left out."""
        with translated(self._keys.client):
            stored: Any = self._keys.client.hgetall(self._key)
        by_name: dict[str, dict[Labels, str]] = {metric.name: {} for metric in METRICS}
        for key, value in stored.items():
            name, *labels = key.split(_BETWEEN)
            by_name.get(name, {})[tuple(labels)] = value
        return {metric.name: _series(metric, by_name[metric.name]) for metric in METRICS}


def _series(metric: Metric, stored: Mapping[Labels, str]) -> dict[Labels, Series]:
    if not metric.buckets:
        none = {labels: Series() for labels in metric.every_series()}
        return none | {labels: Series(float(value)) for labels, value in stored.items() if labels in none}
    measured = {labels[:-1] for labels in stored if len(labels) == len(metric.labels) + 1}
    return {labels: _distribution(metric, labels, stored) for labels in sorted(measured)}


def _distribution(metric: Metric, labels: Labels, stored: Mapping[Labels, str]) -> Series:
    each = tuple(float(stored.get((*labels, str(place)), 0)) for place in range(len(metric.buckets) + 1))
    return Series(count=sum(each), total=float(stored.get((*labels, _SUM), 0)), by_bucket=each)
