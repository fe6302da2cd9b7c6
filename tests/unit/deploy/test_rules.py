"""The alerts fire when they should, as Prometheus' own tool finds, and are the same in a cluster."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest
import yaml

from tests.services.kubernetes_files import ROOT, cluster
from tests.services.programs import program

MONITORING = ROOT / "deploy" / "monitoring"


def promtool(*arguments: str) -> str:
    command = [program("promtool", "prometheus"), *arguments]
    found = subprocess.run(command, cwd=MONITORING, capture_output=True, text=True, timeout=120, check=False)
    assert found.returncode == 0, found.stdout + found.stderr
    return found.stdout


def rules() -> list[dict[str, Any]]:
    (group,) = yaml.safe_load((MONITORING / "rules.yml").read_text())["groups"]
    return list(group["rules"])


def test_each_alert_fires_when_it_should_and_not_before() -> None:
    assert "SUCCESS" in promtool("test", "rules", "rules_test.yml")


def test_the_configuration_is_one_that_prometheus_takes() -> None:
    assert f"{len(rules())} rules found" in promtool("check", "config", "prometheus.yml")


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_every_alert_is_tried_both_ways_and_says_what_to_do(rule: dict[str, Any]) -> None:
    tests = yaml.safe_load((MONITORING / "rules_test.yml").read_text())["tests"]
    named = f'alertname="{rule["alert"]}"'
    tried = [each for test in tests for each in test["promql_expr_test"] if named in each["expr"]]
    assert {bool(each.get("exp_samples")) for each in tried} == {True, False}
    assert rule["labels"]["severity"] in {"warning", "critical"}
    assert rule["annotations"].keys() == {"summary", "description"}


@pytest.mark.parametrize("overlay", ["cpu", "gpu"])
def test_a_cluster_has_the_same_alerts(overlay: str) -> None:
    (found,) = cluster(overlay).of("PrometheusRule").values()
    assert found["spec"] == yaml.safe_load((MONITORING / "rules.yml").read_text())
