from __future__ import annotations

import pytest
from pydantic import ValidationError

from jobs.specs.audit_spec import LOOKS, AuditSpec

GIVEN = {"kind": "audit", "model": "m", "dataset": "d"}


def test_an_audit_looks_for_everything_unless_it_is_told_otherwise() -> None:
    spec = AuditSpec.model_validate(GIVEN)
    assert spec.looks_for == LOOKS
    assert (spec.split, spec.training_split, spec.explanation) == ("test", "train", None)


@pytest.mark.parametrize("named", ["job:01abc", "01abc"])
def test_an_explanation_is_named_by_its_job_as_other_specifications_name_theirs(named: str) -> None:
    spec = AuditSpec.model_validate({**GIVEN, "explanation": named})
    assert (spec.explanation, spec.explaining_job_id) == ("job:01abc", "01abc")


@pytest.mark.parametrize("looks_for", [[], ["labels", "labels"], ["beauty"]])
def test_what_to_look_for_is_named_once_and_known(looks_for: list[str]) -> None:
    with pytest.raises(ValidationError, match="looks_for"):
        AuditSpec.model_validate({**GIVEN, "looks_for": looks_for})
