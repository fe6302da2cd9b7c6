"""Builds ``deploy/kubernetes`` as ``kubectl apply -k`` does, and gives what a cluster would be sent."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from tests.services.programs import program, unavailable

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy" / "kubernetes"
OVERLAYS = ("cpu", "gpu", "dev")
Object = Mapping[str, Any]


@dataclass(frozen=True)
class Cluster:
    """Everything that one overlay makes."""

    objects: tuple[Object, ...]

    def of(self, kind: str) -> dict[str, Object]:
        """The objects of a kind, by name."""
        return {each["metadata"]["name"]: each for each in self.objects if each["kind"] == kind}

    def workloads(self) -> dict[str, Object]:
        """What starts pods, by name."""
        return self.of("Deployment") | self.of("StatefulSet")

    def pod(self, name: str) -> Object:
        """The specification of the pods of a workload."""
        return dict(self.workloads()[name]["spec"]["template"]["spec"])

    def container(self, name: str) -> Object:
        """Its one container."""
        (found,) = self.pod(name)["containers"]
        return dict(found)

    def environment(self, name: str) -> dict[str, str]:
        """What the process of a workload is told; the pod's own address is left as a name."""
        container, told = self.container(name), dict[str, str]()
        for source in container.get("envFrom", ()):
            told |= self.of("ConfigMap")[source["configMapRef"]["name"]]["data"]
        told |= dict(self._variables(container))
        return {key: value.replace("$(ALLOWED_HOSTS)", told.get("ALLOWED_HOSTS", "")) for key, value in told.items()}

    def _variables(self, container: Object) -> Iterator[tuple[str, str]]:
        for each in container.get("env", ()):
            source = each.get("valueFrom", {})
            if "value" in each:
                yield each["name"], each["value"]
            elif "configMapKeyRef" in source:
                named = source["configMapKeyRef"]
                data = self.of("ConfigMap")[named["name"]]["data"]
                if named["key"] in data or not named.get("optional"):
                    yield each["name"], data[named["key"]]

    def secrets(self, name: str) -> dict[str, str]:
        """Which key of the secret each file holds that a workload is given, by the file's name."""
        volumes = [each["secret"] for each in self.pod(name).get("volumes", ()) if "secret" in each]
        return {item["path"]: item["key"] for volume in volumes for item in volume["items"]}


@lru_cache
def cluster(overlay: str) -> Cluster:
    """What this overlay makes; without kubectl the test is skipped, and fails in CI."""
    command = [program("kubectl", "kubernetes-client"), "kustomize", str(FOLDER / "overlays" / overlay)]
    built = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    if built.stderr.startswith("Error: json:"):
        unavailable(f"this kubectl is too old, as Debian 12's is: 1.27 or later is needed ({built.stderr.strip()})")
    assert built.returncode == 0, built.stderr
    return Cluster(tuple(yaml.safe_load_all(built.stdout)))
