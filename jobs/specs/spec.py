"""Combines the specifications of all kinds of job into one type, distinguished by the field ``kind``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, get_args

from pydantic import Field, TypeAdapter

from jobs.specs.audit_spec import AuditSpec
from jobs.specs.compare_spec import CompareSpec
from jobs.specs.evaluate_spec import EvaluateSpec
from jobs.specs.explain_spec import ExplainSpec
from jobs.specs.export_spec import ExportSpec
from jobs.specs.import_spec import ImportSpec
from jobs.specs.preview_spec import PreviewSpec
from jobs.specs.sweep_spec import SweepSpec
from jobs.specs.train_spec import TrainSpec

AnySpec = (
    TrainSpec | ExplainSpec | EvaluateSpec | PreviewSpec | SweepSpec | ImportSpec | AuditSpec | CompareSpec | ExportSpec
)
Spec = Annotated[AnySpec, Field(discriminator="kind")]

SPECS: tuple[type[AnySpec], ...] = get_args(AnySpec)
KINDS = tuple(spec.kind_name() for spec in SPECS)
MODEL_KINDS = tuple(spec.kind_name() for spec in SPECS if spec.makes_model)
"""The kinds of job that leave a model."""

if TYPE_CHECKING:
    KindName = str
else:
    KindName = Literal[KINDS]

spec_adapter: TypeAdapter[AnySpec] = TypeAdapter(Spec)
