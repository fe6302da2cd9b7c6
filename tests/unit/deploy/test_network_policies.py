"""Who may talk to whom in the cluster: read from the policies as a network plugin reads them."""

from __future__ import annotations

import pytest

from tests.services.kubernetes_files import Cluster, Object, cluster

NOBODY = {"matchLabels": {"of": "nobody"}}
CLIENTS = {"api", "light", "interactive", "finalize", "compute", "beat", "flower"}


def chosen(built: Cluster, selector: Object) -> set[str]:
    """The workloads whose pods a selector means."""
    found = set()
    for name, workload in built.workloads().items():
        labels = workload["spec"]["template"]["metadata"]["labels"]
        named = selector.get("matchLabels", {}).items() <= labels.items()
        fits = all(labels.get(each["key"]) in each["values"] for each in selector.get("matchExpressions", ()))
        found |= {name} if named and fits else set()
    return found


def may_reach(built: Cluster, workload: str, port: int) -> set[str]:
    """The workloads that both sides let through to a port of another."""
    coming, going = set(), set()
    for policy in (each["spec"] for each in built.of("NetworkPolicy").values()):
        here = chosen(built, policy["podSelector"])
        for rule in policy.get("ingress", ()) if workload in here else ():
            if port in ports(rule):
                coming |= {name for peer in rule["from"] for name in chosen(built, peer.get("podSelector", NOBODY))}
        for rule in policy.get("egress", ()):
            open_to = {name for peer in rule.get("to", ()) for name in chosen(built, peer.get("podSelector", NOBODY))}
            if port in ports(rule) and workload in open_to:
                going |= here
    return coming & going


def ports(rule: Object) -> set[int]:
    return {each["port"] for each in rule["ports"]}


@pytest.mark.parametrize("overlay", ["cpu", "gpu", "dev"])
def test_nothing_is_allowed_but_what_is_named(overlay: str) -> None:
    spec = cluster(overlay).of("NetworkPolicy")["nothing-by-default"]["spec"]
    assert spec == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


@pytest.mark.parametrize("overlay", ["cpu", "gpu", "dev"])
def test_redis_is_reached_by_those_that_use_it_alone(overlay: str) -> None:
    assert may_reach(cluster(overlay), "redis", 6379) == CLIENTS


def test_the_store_for_trying_is_reached_by_those_that_use_it_alone() -> None:
    assert may_reach(cluster("dev"), "s3", 8333) == CLIENTS - {"flower", "beat"}


def test_names_are_looked_up_by_all() -> None:
    names = cluster("cpu").of("NetworkPolicy")["names"]["spec"]
    assert names["podSelector"] == {}
    assert {(each["protocol"], each["port"]) for each in names["egress"][0]["ports"]} == {("UDP", 53), ("TCP", 53)}


def test_the_api_answers_namespaces_that_were_told_to_ask() -> None:
    (rule,) = cluster("cpu").of("NetworkPolicy")["api"]["spec"]["ingress"]
    assert rule["from"] == [{"namespaceSelector": {"matchLabels": {"florescope.io/asks-api": "true"}}}]


def test_traces_go_to_namespaces_that_were_told_to_take_them() -> None:
    built = cluster("cpu")
    spec = built.of("NetworkPolicy")["to-the-collector"]["spec"]
    assert chosen(built, spec["podSelector"]) == CLIENTS - {"flower", "beat"}
    (rule,) = spec["egress"]
    assert rule["to"] == [{"namespaceSelector": {"matchLabels": {"florescope.io/takes-traces": "true"}}}]
