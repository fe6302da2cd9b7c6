"""``deploy/kubernetes`` is what a cluster accepts, and keeps what it promises: no cluster is needed to tell."""

from __future__ import annotations

from typing import Any

import kubernetes_validate
import pytest

from settings import Settings
from tests.services.kubernetes_files import FOLDER, OVERLAYS, Cluster, Object, cluster

OLDEST, NEWEST = "1.31", "1.34"
OF_OTHERS = {"ScaledObject", "ServiceMonitor", "PrometheusRule"}
"""Kinds of KEDA and of the Prometheus operator; other tests read what they hold."""
WORKERS = ("compute", "interactive", "light", "finalize")
PROGRAMS = (*WORKERS, "api", "beat", "flower")


@pytest.fixture(params=OVERLAYS)
def built(request: pytest.FixtureRequest) -> Cluster:
    return cluster(request.param)


def faults(document: Object, version: str) -> list[str]:
    try:
        kubernetes_validate.validate(dict(document), version, strict=True)
    except kubernetes_validate.ValidationError as error:
        return [f"{document['kind']}/{document['metadata']['name']}: {error.message}"]
    return []


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
def test_every_object_is_one_that_kubernetes_takes(built: Cluster, version: str) -> None:
    own = [each for each in built.objects if each["kind"] not in OF_OTHERS]
    assert [fault for each in own for fault in faults(each, version)] == []


def test_a_misspelt_field_would_be_found() -> None:
    broken: dict[str, Any] = {**cluster("cpu").workloads()["api"]}
    broken["spec"] = {**broken["spec"], "replica": 2}
    assert faults(broken, NEWEST)


def test_all_of_it_lies_in_one_namespace(built: Cluster) -> None:
    (namespace,) = built.of("Namespace")
    assert {each["metadata"]["namespace"] for each in built.objects if each["kind"] != "Namespace"} == {namespace}


def test_no_pod_may_do_more_than_it_must(built: Cluster) -> None:
    (namespace,) = built.of("Namespace").values()
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    for name in built.workloads():
        pod, container = built.pod(name), built.container(name)
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["runAsUser"] > 0
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["automountServiceAccountToken"] is False
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }


def test_nothing_that_kubernetes_tells_of_services_is_taken_for_a_setting(built: Cluster) -> None:
    assert all(built.pod(name)["enableServiceLinks"] is False for name in built.workloads())


def test_every_container_has_a_bound_and_says_how_it_is(built: Cluster) -> None:
    for name in built.workloads():
        container = built.container(name)
        assert container["resources"]["limits"]["memory"]
        assert container["resources"]["requests"].keys() >= {"cpu", "memory"}
        assert {"readinessProbe", "livenessProbe"} & container.keys(), name


def test_an_outage_restarts_nobody(built: Cluster) -> None:
    for name in WORKERS:
        assert "livenessProbe" not in built.container(name), "a worker is asked through Redis"
    assert built.container("api")["livenessProbe"]["httpGet"]["path"] == "/livez"
    assert built.container("api")["readinessProbe"]["httpGet"]["path"] == "/readyz"


def test_workers_have_longer_to_leave_than_they_take(built: Cluster) -> None:
    for name in WORKERS:
        takes_s = float(built.environment(name)["FLORESCOPE_STOP_GRACE_S"])
        assert built.pod(name)["terminationGracePeriodSeconds"] > takes_s + 10


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_setting_is_one_that_the_program_knows(built: Cluster, name: str) -> None:
    known = {field.alias or f"FLORESCOPE_{key.upper()}" for key, field in Settings.model_fields.items()}
    assert set(built.environment(name)) - {"ALLOWED_HOSTS", "FLORESCOPE_SECRETS_DIR"} <= known


def test_secrets_are_named_and_only_the_overlay_for_trying_makes_them() -> None:
    assert [overlay for overlay in OVERLAYS if cluster(overlay).of("Secret")] == ["dev"]
    written = "".join(path.read_text() for path in FOLDER.rglob("*.yaml") if "dev" not in path.parts)
    assert "stringData" not in written
    assert "literals" not in written


def test_every_secret_that_a_pod_mounts_is_there_for_trying() -> None:
    tried = cluster("dev")
    (made,) = tried.of("Secret").values()
    named = {volume["secret"]["secretName"] for name in tried.workloads() for volume in secret_volumes(tried, name)}
    assert named == {made["metadata"]["name"]}
    assert {key for name in tried.workloads() for key in tried.secrets(name).values()} == set(made["data"])


def secret_volumes(built: Cluster, name: str) -> list[Object]:
    return [volume for volume in built.pod(name)["volumes"] if "secret" in volume]


def test_images_for_trying_are_those_that_were_loaded() -> None:
    for name in PROGRAMS:
        container = cluster("dev").container(name)
        assert (container["image"].rpartition("/")[0], container["imagePullPolicy"]) == ("", "IfNotPresent")


def test_redis_keeps_its_data() -> None:
    assert "--appendonly yes" in " ".join(cluster("cpu").container("redis")["command"])
    (claim,) = cluster("cpu").workloads()["redis"]["spec"]["volumeClaimTemplates"]
    assert claim["metadata"]["name"] in {mount["name"] for mount in cluster("cpu").container("redis")["volumeMounts"]}


def test_the_api_stays_while_a_node_is_emptied() -> None:
    for name in ("api", "light"):
        assert cluster("cpu").workloads()[name]["spec"]["replicas"] >= 2
        assert cluster("cpu").of("PodDisruptionBudget")[name]["spec"]["minAvailable"] == 1


def test_every_budget_is_of_pods_that_are_there(built: Cluster) -> None:
    for name, budget in built.of("PodDisruptionBudget").items():
        labels = built.workloads()[name]["spec"]["template"]["metadata"]["labels"]
        assert budget["spec"]["selector"]["matchLabels"].items() <= labels.items()


def test_a_gpu_is_asked_for_by_compute_workers_of_the_gpu_overlay_alone() -> None:
    asked = {
        (overlay, name): limits["nvidia.com/gpu"]
        for overlay in OVERLAYS
        for name in cluster(overlay).workloads()
        if "nvidia.com/gpu" in (limits := cluster(overlay).container(name)["resources"]["limits"])
    }
    assert asked == {("gpu", "compute"): "1"}
    assert cluster("gpu").container("compute")["image"].rpartition("/")[2].startswith("florescope-worker-gpu:")


def test_how_people_sign_in_may_stand_among_the_settings_of_an_overlay(built: Cluster) -> None:
    sources = [each["configMapRef"]["name"] for each in built.container("api")["envFrom"]]
    assert sources == ["sign-in", "settings"], "the last one counts"
