from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from jobs.plan import Plan
from jobs.specs.audit_spec import AuditSpec
from tests.integration.workers.conftest import published
from workers.kinds.audit.given.explanation import explanation_spec
from workers.kinds.audit.stages import stages_of

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CONFIRMATIONS = [f"confirmation-{number:05d}" for number in range(4)]


def spec(**changes: Any) -> AuditSpec:
    return AuditSpec.model_validate({"kind": "audit", "model": "m", "dataset": "d", **changes})


@pytest.mark.parametrize(
    ("looks_for", "stages"),
    [
        (["shortcuts"], ["explanation", "suspicions", *CONFIRMATIONS, "findings"]),
        (["labels"], ["data", "findings"]),
        (["slices", "shortcuts"], ["explanation", "data", "suspicions", *CONFIRMATIONS, "findings"]),
    ],
)
def test_an_audit_has_the_stages_of_what_it_looks_for(looks_for: list[str], stages: list[str]) -> None:
    found = stages_of(spec(looks_for=looks_for), None, size=8)
    assert [stage.step for stage in found] == stages


def test_the_training_split_is_looked_at_first() -> None:
    found = stages_of(spec(looks_for=["labels"]), ("train", 4, 14), size=8)
    assert [(stage.step, stage.split, stage.size) for stage in found] == [
        ("training-00000", "train", 8),
        ("training-00001", "train", 2),
        ("data", None, 0),
        ("findings", None, 0),
    ]


@pytest.mark.parametrize(("layer", "method"), [("features", "gradcam"), (None, "integrated_gradients")])
def test_a_model_without_a_layer_for_gradcam_is_explained_by_its_pixels(layer: str | None, method: str) -> None:
    model = published("k", b"weights").model_copy(update={"feature_layer": layer})
    plan = Plan(job_id="a", kind="audit", created_at=NOW, total=1, unit="images", model=model)
    assert explanation_spec(spec(), plan).methods == (method,)


def test_its_explanation_has_the_labels_of_the_audit() -> None:
    plan = Plan(job_id="a", kind="audit", created_at=NOW, total=1, unit="images", model=published("k", b"weights"))
    assert explanation_spec(spec(label="species"), plan).label == "species"
