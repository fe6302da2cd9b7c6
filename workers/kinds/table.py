"""Every kind of job that workers can do, by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workers.kinds.audit.kind import AUDIT
from workers.kinds.compare.kind import COMPARE
from workers.kinds.evaluate.kind import EVALUATE
from workers.kinds.explain.kind import EXPLAIN
from workers.kinds.export.kind import EXPORT
from workers.kinds.import_model.kind import IMPORT
from workers.kinds.preview.kind import PREVIEW
from workers.kinds.sweep.kind import SWEEP
from workers.kinds.train.kind import TRAIN
from workers.step.job_kind import JobKind

_KINDS: tuple[JobKind[Any], ...] = (TRAIN, EXPLAIN, EVALUATE, PREVIEW, SWEEP, IMPORT, AUDIT, COMPARE, EXPORT)
KINDS: Mapping[str, JobKind[Any]] = {kind.spec.kind_name(): kind for kind in _KINDS}
