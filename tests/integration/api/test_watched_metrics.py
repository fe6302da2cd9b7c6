"""Whatever an alert, a chart or the scaling of workers asks for is there to be read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from dispatch.metrics.table import METRICS
from jobs.live.at_work import GpuUse, WorkerSign
from tests.integration.api.conftest import Api

DEPLOY = Path(__file__).resolve().parents[3] / "deploy"
GPU = GpuUse(name="H100", used_bytes=1, total_bytes=2, uuid="GPU-1", busy=0.5)
Labels = dict[str, set[str]]


def expressions() -> Iterator[tuple[str, str]]:
    """Where each expression stands, and what it is."""
    (group,) = yaml.safe_load((DEPLOY / "monitoring" / "rules.yml").read_text())["groups"]
    yield from ((rule["alert"], rule["expr"]) for rule in group["rules"])
    dashboard = json.loads((DEPLOY / "monitoring" / "grafana" / "florescope.json").read_text())
    yield from ((panel["title"], target["expr"]) for panel in dashboard["panels"] for target in panel["targets"])
    for path in (DEPLOY / "kubernetes" / "components" / "autoscaling").glob("[!k]*.yaml"):
        (trigger,) = yaml.safe_load(path.read_text())["spec"]["triggers"]
        yield path.name, trigger["metadata"]["query"]


@pytest.fixture
def told(api: Api) -> Labels:
    """The names of all metrics, each with its labels, once everything has happened."""
    numbers, sign = (
        api.connection.board.metrics,
        WorkerSign(worker="w", queues=("train",), since=datetime.now(UTC), disk_free=1, gpus=(GPU,)),
    )
    api.connection.board.staff.give("w", sign)
    for metric in METRICS:
        labels = metric.every_series()[0]
        numbers.observe(metric, 1.0, *labels) if metric.buckets else numbers.add(metric, *labels)
    found: Labels = {}
    for family in text_string_to_metric_families(api.http.get("/metrics").text):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


def test_every_metric_that_is_asked_for_exists_with_its_labels(told: Labels) -> None:
    asked: list[Any] = list(expressions())
    assert len(asked) > 30
    for where, expression in asked:
        names = re.findall(r"\bflorescope_\w+", expression)
        assert names, where
        labels = set(re.findall(r"(\w+)\s*=~?\"", expression))
        labels |= {label.strip() for each in re.findall(r"\bby \(([^)]*)\)", expression) for label in each.split(",")}
        for name in names:
            assert name in told, f"{where} asks for {name}"
        assert labels - {"instance"} <= set().union(*(told[name] for name in names)), where


def test_every_metric_is_shown_or_watched(told: Labels) -> None:
    asked = " ".join(expression for _, expression in expressions())
    unasked = {name for name in told if re.sub("_(bucket|sum|count)$", "", name) not in asked}
    assert unasked == set()
