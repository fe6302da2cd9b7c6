"""Workers come for work and go when there is none, by what a real Prometheus says; meanwhile nothing is lost.

Prometheus scrapes two replicas of the API, and two light workers plan and reconcile.

The test does what KEDA would: it asks the query of the ScaledObject, starts a worker for the first open step, and ends
it by SIGTERM.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from store.open_store import open_store
from tests.services.kubernetes_files import FOLDER
from tests.services.light_explanations import image_ids, light_spec, publish_light_model
from tests.services.light_stack import LightStack
from tests.services.ports import free_port
from tests.services.prometheus_server import PrometheusServer, prometheus_server
from tests.services.redis_server import redis_server
from tests.services.stack import QUICK, TERMINAL

SCALED = {"worker": "compute", "finalize": "finalize"}
COOLDOWN_S = 4.0
LIMIT_S = 200.0
LEAVES_WITHIN_S = 40.0


def query_of(name: str) -> str:
    scaled = yaml.safe_load((FOLDER / "components" / "autoscaling" / f"{name}.yaml").read_text())
    return str(scaled["spec"]["triggers"][0]["metadata"]["query"])


@dataclass
class Scaler:
    """Starts a worker for the first open step, and ends it when no step is open."""

    stack: LightStack
    prometheus: PrometheusServer
    wanted_at: dict[str, float] = field(default_factory=dict)
    started: list[str] = field(default_factory=list)

    def look(self) -> None:
        """One turn over all that is scaled."""
        for service, name in SCALED.items():
            (wanted,) = self.prometheus.ask(query_of(name)).values()
            if wanted > 0:
                self.wanted_at[service] = time.monotonic()
                if service not in self.stack.processes:
                    self.stack.start(service)
                    self.started.append(service)
            elif service in self.stack.processes and time.monotonic() - self.wanted_at[service] > COOLDOWN_S:
                assert self.stack.terminate(service, timeout_s=LEAVES_WITHIN_S) == 0

    def until(self, true: Callable[[], bool]) -> None:
        """Scale until something is true."""
        deadline = time.monotonic() + LIMIT_S
        while not true():
            assert time.monotonic() < deadline, self.stack.logs()
            self.look()
            time.sleep(0.3)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LightStack]:
    folder: Path = tmp_path_factory.mktemp("scaling")
    with redis_server(folder) as server:
        own = {"api-2": {"FLORESCOPE_API_PORT": str(free_port())}}
        stack = LightStack(folder=folder, redis=server, settings={**QUICK}, own=own)
        publish_light_model(open_store(stack.store.as_uri()))
        with stack.running(("api", "api-2", "light", "light-2", "beat")):
            yield stack


@pytest.fixture(scope="module")
def prometheus(stack: LightStack) -> Iterator[PrometheusServer]:
    with prometheus_server(stack.folder, [stack.api_port, int(stack.own["api-2"]["FLORESCOPE_API_PORT"])]) as server:
        deadline = time.monotonic() + LIMIT_S
        while server.ask("count(florescope_redis_up)") != {(): 2}:
            assert time.monotonic() < deadline, server.targets()
            time.sleep(0.3)
        yield server


@pytest.fixture(scope="module")
def scaler(stack: LightStack, prometheus: PrometheusServer) -> Scaler:
    return Scaler(stack, prometheus)


def over(stack: LightStack, job_id: str) -> bool:
    return str(stack.job(job_id)["state"]) in TERMINAL


def none_runs(stack: LightStack) -> bool:
    return not SCALED.keys() & stack.processes.keys()


def test_without_work_there_are_no_workers(scaler: Scaler) -> None:
    scaler.look()
    assert scaler.started == []


def test_a_job_brings_its_workers_loses_nothing_as_they_go_and_they_are_gone_after_it(
    stack: LightStack, scaler: Scaler
) -> None:
    job_id = stack.submit(**light_spec(24, image_ms=300))
    scaler.until(lambda: len(stack.reports(job_id)) >= 1)
    assert stack.terminate("worker", timeout_s=LEAVES_WITHIN_S) == 0  # its node is emptied
    assert not over(stack, job_id)
    scaler.until(lambda: over(stack, job_id))
    assert stack.job(job_id)["state"] == "succeeded", stack.logs()
    assert sorted(stack.images(job_id)) == sorted(image_ids(24)), "each image once"
    assert scaler.started == ["worker", "worker", "finalize"]
    scaler.until(lambda: none_runs(stack))


def test_they_come_again_for_the_next_job(stack: LightStack, scaler: Scaler) -> None:
    job_id = stack.submit(**light_spec(4))
    scaler.until(lambda: over(stack, job_id))
    assert stack.job(job_id)["state"] == "succeeded", stack.logs()
    scaler.until(lambda: none_runs(stack))


COUNTED = {
    'jobs_ended_total{state="succeeded"} > 0': {("explain", "succeeded"): 2},
    "first_shard_seconds_count": {("explain",): 2},
    "step_seconds_count": {("explain", "finalize"): 2, ("explain", "plan"): 2, ("explain", "shard"): 7},
}


def test_prometheus_has_counted_all_of_it(scaler: Scaler) -> None:
    ask = scaler.prometheus.ask
    for query, expected in COUNTED.items():
        scaler.until(lambda asked=f"florescope_{query}", expected=expected: ask(asked) == expected)  # type: ignore[misc]
    assert sum(ask("max without (instance) (florescope_images_total)").values()) == 28
    waited = ask("max without (instance) (florescope_queue_wait_seconds_count)")
    assert waited.keys() == {("light",), ("explain",), ("finalize",)}
    assert waited["explain",] >= 7


def test_prometheus_can_evaluate_every_rule(scaler: Scaler) -> None:
    scaler.until(lambda: all(rule["health"] != "unknown" for rule in scaler.prometheus.rules()))
    assert {rule["health"] for rule in scaler.prometheus.rules()} == {"ok"}
    assert [target["health"] for target in scaler.prometheus.targets()] == ["up", "up"]


@pytest.mark.parametrize("counter", ["jobs_ended_total", "images_total", "step_seconds_count"])
def test_both_replicas_say_the_same(scaler: Scaler, counter: str) -> None:
    ask, name = scaler.prometheus.ask, f"florescope_{counter}"
    assert set(ask(f"count without (instance) ({name})").values()) == {2}
    scaler.until(lambda: not ask(f"max without (instance) ({name}) != min without (instance) ({name})"))


def test_both_light_workers_are_there(scaler: Scaler) -> None:
    assert scaler.prometheus.ask('max by (queue) (florescope_workers{queue="light"})') == {("light",): 2}
