"""Turns what workers have counted into Prometheus' families of metrics."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import accumulate

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from dispatch.metrics.live_metrics import Labels, Series
from dispatch.metrics.table import METRICS
from dispatch.metrics.table import Metric as Definition


class Counted(Collector):
    """What was counted until now, by name and labels."""

    def __init__(self, series: Mapping[str, Mapping[Labels, Series]]) -> None:
        self._series = series

    def collect(self) -> Iterable[Metric]:
        """See prometheus_client."""
        for definition in METRICS:
            found = self._series[definition.name]
            yield _distribution(definition, found) if definition.buckets else _counter(definition, found)


def _counter(definition: Definition, found: Mapping[Labels, Series]) -> CounterMetricFamily:
    family = CounterMetricFamily(f"florescope_{definition.name}", definition.meaning, labels=list(definition.labels))
    for labels, series in found.items():
        family.add_metric(labels, series.count)
    return family


def _distribution(definition: Definition, found: Mapping[Labels, Series]) -> HistogramMetricFamily:
    family = HistogramMetricFamily(f"florescope_{definition.name}", definition.meaning, labels=list(definition.labels))
    bounds = (*map(floatToGoString, definition.buckets), "+Inf")
    for labels, series in found.items():
        family.add_metric(labels, list(zip(bounds, accumulate(series.by_bucket), strict=True)), series.total)
    return family
