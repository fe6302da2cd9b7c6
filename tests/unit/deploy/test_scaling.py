"""Workers come for the work that there is, and go when there is none: what KEDA and Prometheus are told."""

from __future__ import annotations

import re

import pytest

from dispatch.names import COMPUTE_QUEUES, FINALIZE_QUEUE
from tests.services.kubernetes_files import Cluster, cluster

QUEUES = {"compute": set(COMPUTE_QUEUES), "finalize": {FINALIZE_QUEUE}}


@pytest.fixture(params=["cpu", "gpu"])
def built(request: pytest.FixtureRequest) -> Cluster:
    return cluster(request.param)


@pytest.mark.parametrize("name", QUEUES)
def test_workers_are_wanted_for_the_open_steps_of_their_own_queues(built: Cluster, name: str) -> None:
    (trigger,) = built.of("ScaledObject")[name]["spec"]["triggers"]
    found = re.fullmatch(
        r'max\(sum by \(instance\) \(florescope_steps_open\{queue=~"([\w|]+)"\}\)\)', trigger["metadata"]["query"]
    )
    assert found is not None
    command = built.container(name)["command"]
    assert set(found[1].split("|")) == QUEUES[name] == set(command[command.index("-Q") + 1].split(","))


@pytest.mark.parametrize("name", QUEUES)
def test_they_go_to_none_and_come_for_the_first_step(built: Cluster, name: str) -> None:
    spec = built.of("ScaledObject")[name]["spec"]
    assert spec["scaleTargetRef"] == {"name": name}
    assert spec["minReplicaCount"] == 0 < spec["maxReplicaCount"]
    assert spec["triggers"][0]["metadata"]["activationThreshold"] == "0"
    assert "replicas" not in built.workloads()[name]["spec"], "each apply would undo what KEDA decided"


@pytest.mark.parametrize("name", QUEUES)
def test_a_prometheus_that_says_nothing_ends_no_work(built: Cluster, name: str) -> None:
    spec = built.of("ScaledObject")[name]["spec"]
    assert spec["triggers"][0]["metadata"]["ignoreNullValues"] == "false"
    assert spec["fallback"]["replicas"] >= 1


def test_whoever_finds_lost_work_is_never_scaled(built: Cluster) -> None:
    assert set(built.of("ScaledObject")) == set(QUEUES)
    assert {"light", "beat"} <= set(built.workloads())


def test_prometheus_finds_every_replica_of_the_api(built: Cluster) -> None:
    (monitor,) = built.of("ServiceMonitor").values()
    service = built.of("Service")["api"]
    assert monitor["spec"]["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
    (endpoint,) = monitor["spec"]["endpoints"]
    assert endpoint["path"] == "/metrics"
    assert endpoint["port"] in {port["name"] for port in service["spec"]["ports"]}


def test_the_overlay_for_trying_needs_neither() -> None:
    assert {"ScaledObject", "ServiceMonitor"} & {each["kind"] for each in cluster("dev").objects} == set()
