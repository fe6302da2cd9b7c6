"""Every kind of job that workers can do, by name."""

from __future__ import annotations

from collections.abc import Mapping

from workers.evaluate.kind import EVALUATE
from workers.explain.kind import EXPLAIN
from workers.import_model.kind import IMPORT
from workers.kind import Kind
from workers.preview.kind import PREVIEW
from workers.sweep.kind import SWEEP
from workers.train.kind import TRAIN

KINDS: Mapping[str, Kind] = {
    "train": TRAIN,
    "explain": EXPLAIN,
    "evaluate": EVALUATE,
    "preview": PREVIEW,
    "sweep": SWEEP,
    "import": IMPORT,
}
