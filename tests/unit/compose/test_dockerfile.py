"""The two images hold what their processes import, run as nobody special, and the API's has no TensorFlow."""

from __future__ import annotations

import re
from importlib.metadata import requires

import grimp
import pytest
from packaging.requirements import Requirement

from settings import Settings
from tests.services.compose_file import ROOT, document

DOCKERFILE = (ROOT / "Dockerfile").read_text()
PACKAGES = ("api", "cli", "dispatch", "drawing", "jobs", "ml", "store", "workers")
# What each image starts; workers load their steps by name, and Flower, which is in the API's image, their tasks.
STARTS = {"api": ("api.main", "workers.tasks"), "worker": ("workers",)}


def stages() -> dict[str, list[str]]:
    """The instructions of each build stage, by its name."""
    joined = DOCKERFILE.replace("\\\n", " ")
    found: dict[str, list[str]] = {}
    for line in filter(None, (line.strip() for line in joined.splitlines())):
        start = re.fullmatch(r"FROM (\S+) AS (\S+)", line)
        if start:
            found[start[2]] = []
        elif found and not line.startswith("#"):
            found[list(found)[-1]].append(line)
    return found


STAGES = stages()


def copied_by(target: str) -> set[str]:
    """What a stage copies from the checkout."""
    return {line.split()[1] for line in STAGES[target] if line.startswith("COPY ") and "--from" not in line}


def test_every_target_that_compose_builds_is_a_stage() -> None:
    targets = {service["build"]["target"] for service in document()["services"].values() if "build" in service}
    assert targets == set(STARTS)
    assert targets <= set(STAGES)


@pytest.mark.parametrize("target", STARTS)
def test_it_does_not_run_as_root(target: str) -> None:
    users = [line.split()[1] for line in STAGES[target] if line.startswith("USER ")]
    assert users
    assert users[-1] not in {"root", "0"}
    assert f"useradd --create-home --uid 1000 {users[-1]}" in " ".join(STAGES["base"])


@pytest.mark.parametrize("target", STARTS)
def test_it_holds_every_package_that_its_processes_import(target: str) -> None:
    graph = grimp.build_graph(*PACKAGES, include_external_packages=False)
    modules = [name for name in graph.modules for start in STARTS[target] if f"{name}.".startswith(f"{start}.")]
    imported = {name for module in modules for name in (module, *graph.find_upstream_modules(module))}
    copied = {source.removesuffix(".py") for source in copied_by(target)}
    assert {name.split(".")[0] for name in imported} | {"settings"} <= copied
    assert all((ROOT / name).exists() or (ROOT / f"{name}.py").exists() for name in copied)


@pytest.mark.parametrize("target", STARTS)
def test_nothing_that_it_copies_is_kept_from_the_build(target: str) -> None:
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert ignored[0] == "*"  # everything, but for what follows
    assert {f"!{source}" for source in copied_by(target)} <= set(ignored)


@pytest.mark.parametrize("target", STARTS)
def test_it_names_its_code_by_the_setting_that_is_read(target: str) -> None:
    assert {"ARG CODE_VERSION=", "ENV FLORESCOPE_CODE_VERSION=${CODE_VERSION}"} < set(STAGES[target])
    assert "code_version" in Settings.model_fields


def requirements(name: str) -> str:
    return (ROOT / "requirements" / f"{name}.txt").read_text()


@pytest.mark.parametrize("name", ["api", "flower", "cpu", "gpu"])
def test_what_kombu_needs_for_redis_is_in_every_image(name: str) -> None:
    needed = [Requirement(each) for each in requires("kombu") or ()]
    for_redis = {each.name for each in needed if each.marker and each.marker.evaluate({"extra": "redis"})}
    assert "redis" in for_redis
    pinned = {line.split("==")[0] for line in requirements(name).splitlines() if "==" in line}
    assert for_redis <= pinned


def test_only_the_workers_image_has_tensorflow() -> None:
    for name in ("api", "flower"):
        assert f"requirements/{name}.txt" in " ".join(STAGES["api-packages"])
        assert "tensorflow" not in requirements(name)
    for name in ("cpu", "gpu"):
        assert "tensorflow" in requirements(name)


def test_every_package_in_an_image_is_pinned_by_its_hash() -> None:
    installs = [line for lines in STAGES.values() for line in lines if "pip install" in line]
    assert installs
    assert all(line.count("pip install") == line.count("--require-hashes") for line in installs)


def test_the_gpu_image_is_built_from_requirements_that_are_there() -> None:
    wanted = document()["services"]["worker-gpu"]["build"]["args"]["REQUIREMENTS"]
    assert requirements(wanted)
