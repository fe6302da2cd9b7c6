"""A real Prometheus on loopback, which scrapes a stack by the configuration and the rules of ``deploy/monitoring``."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import yaml

from tests.services.ports import free_port
from tests.services.programs import program

MONITORING = Path(__file__).resolve().parents[2] / "deploy" / "monitoring"
EVERY = "1s"


@dataclass(frozen=True)
class PrometheusServer:
    """A running server."""

    http: httpx.Client

    def ask(self, query: str) -> dict[tuple[str, ...], float]:
        """What a query says now: values by those of the labels, in the order of their names."""
        found = self._get("/api/v1/query", query=query)["result"]
        return {_labels(each["metric"]): float(each["value"][1]) for each in found}

    def rules(self) -> list[dict[str, Any]]:
        """Each rule, its state and whether it could be evaluated."""
        return [rule for group in self._get("/api/v1/rules")["groups"] for rule in group["rules"]]

    def targets(self) -> list[dict[str, Any]]:
        """Whom it scrapes, and how that went."""
        return list(self._get("/api/v1/targets")["activeTargets"])

    def _get(self, path: str, **parameters: str) -> dict[str, Any]:
        answer = self.http.get(path, params=parameters)
        assert answer.status_code == 200, answer.text
        return dict(answer.json()["data"])


def _labels(metric: dict[str, str]) -> tuple[str, ...]:
    return tuple(value for name, value in sorted(metric.items()) if name not in {"__name__", "job", "instance"})


@contextmanager
def prometheus_server(folder: Path, api_ports: Sequence[int]) -> Iterator[PrometheusServer]:
    """Scrape the API at these ports each second; without the program the test is skipped, and fails in CI."""
    executable, port = program("prometheus", "prometheus"), free_port()
    configuration = yaml.safe_load((MONITORING / "prometheus.yml").read_text())
    configuration["global"] = {"scrape_interval": EVERY, "evaluation_interval": EVERY}
    configuration["rule_files"] = [str(MONITORING / name) for name in configuration["rule_files"]]
    (scraped,) = configuration["scrape_configs"]
    scraped.pop("scrape_timeout")
    scraped["static_configs"] = [{"targets": [f"127.0.0.1:{port}" for port in api_ports]}]
    (folder / "prometheus.yml").write_text(yaml.safe_dump(configuration))
    command = [executable, f"--config.file={folder / 'prometheus.yml'}", f"--storage.tsdb.path={folder / 'prometheus'}"]
    with (folder / "prometheus.log").open("ab") as log:
        process = subprocess.Popen([*command, f"--web.listen-address=127.0.0.1:{port}"], stdout=log, stderr=log)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as http:
            _wait_until_ready(http, process, folder)
            yield PrometheusServer(http)
    finally:
        process.terminate()
        process.wait(30)


def _wait_until_ready(http: httpx.Client, process: subprocess.Popen[bytes], folder: Path) -> None:
    for _ in range(900):
        assert process.poll() is None, (folder / "prometheus.log").read_text()
        with suppress(httpx.TransportError):
            if http.get("/-/ready").status_code == 200:
                return
        time.sleep(0.2)
    raise AssertionError("Prometheus is not ready")
