"""The predictions of a shard, image by image, in one packed file for further computations."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jobs.models.artifact import Artifact
from ml.data.example import Example
from ml.evaluation.robustness import BatchEvaluation, Condition
from workers.step.file_writer import FileWriter


@dataclass
class PredictionFile:
    """Gathers batches; ``written`` packs them into one ``.npz`` file."""

    parts: list[tuple[Sequence[Example], BatchEvaluation]] = field(default_factory=list)

    def add(self, examples: Sequence[Example], seen: BatchEvaluation) -> None:
        """Keep the numbers of a batch, without its pictures."""
        names = [Example(each.image_id, each.index, each.label, None) for each in examples]
        self.parts.append((names, replace(seen, masks=())))

    def written(self, files: FileWriter, step: str) -> tuple[Artifact, ...]:
        """Write ``judgements.npz``; nothing where no image was scored."""
        if not self.parts:
            return ()
        return (files.put(f"{step}/judgements.npz", self.packed(), "application/zip"),)

    def packed(self) -> bytes:
        """An ``.npz`` file of n images, K classes and C conditions.

        ``image_ids``, ``indices``, ``labels``, ``predictions``, ``confidences``, ``losses`` (n,); ``logits`` (n, K)
        float16; ``corruptions``, ``severities`` (C,); ``corrupted_predictions``, ``corrupted_confidences`` (C, n); and
        where GradCAM was compared ``map_correlations``, ``map_distances`` (C, n).
        """
        seen = [part for _, part in self.parts]
        examples = [example for group, _ in self.parts for example in group]
        conditions = list(seen[0].corrupted)
        arrays: dict[str, NDArray[np.generic]] = {
            "image_ids": np.asarray([example.image_id for example in examples]),
            "indices": np.asarray([example.index for example in examples]),
            "logits": np.concatenate([part.logits for part in seen]).astype(np.float16),
            "corruptions": np.asarray([name for name, _ in conditions], np.str_),
            "severities": np.asarray([severity for _, severity in conditions], np.int32),
        }
        for name in ("labels", "predictions", "confidences", "losses"):
            arrays[name] = np.concatenate([getattr(part.clean, name) for part in seen])
        for name in ("predictions", "confidences") if conditions else ():
            arrays[f"corrupted_{name}"] = _by_condition([part.corrupted for part in seen], name)
        for name in ("correlations", "distances") if seen[0].shifts else ():
            arrays[f"map_{name}"] = _by_condition([part.shifts for part in seen], name)
        buffer = io.BytesIO()
        np.savez_compressed(buffer, allow_pickle=False, **arrays)
        return buffer.getvalue()


def _by_condition(parts: Sequence[Mapping[Condition, Any]], name: str) -> NDArray[np.generic]:
    """(C, n): one row per condition, the batches one after the other."""
    rows = [[getattr(numbers, name) for numbers in part.values()] for part in parts]
    return np.concatenate([np.stack(row) for row in rows], axis=1)
