"""Checks, part by part, that each image of a plan stands in the rows exactly once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from jobs.errors import Corrupt
from jobs.plan import Plan

_SHOWN = 5


class OnceCheck:
    """Takes in the rows of each step; of each image it keeps 8 bytes, a hash of its id."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._hashes: list[npt.NDArray[np.int64]] = []
        self._sizes = {shard.step: shard.size for shard in plan.shards}

    def add(self, step: str, part: pa.Table) -> None:
        """Take in the rows of a step.

        Raises:
            Corrupt: they are not as many as its shard has images, or an image stands there twice.
        """
        if step in self._sizes and len(part) != self._sizes[step]:
            raise Corrupt(
                f"job {self._plan.job_id}: {step} reports {len(part)} images, its shard has {self._sizes[step]}"
            )
        ids = part.column("image_id").to_pylist()
        hashes = np.fromiter(map(hash, ids), np.int64, len(ids))
        if len(np.unique(hashes)) != len(hashes):
            self._refuse(sorted(image_id for image_id, count in Counter(ids).items() if count > 1))
        self._hashes.append(hashes)

    def finish(self, all_ids: Callable[[], Iterable[str]]) -> None:
        """See whether an image stands in the rows of two steps.

        Args:
            all_ids: reads the ids of all rows again, to name those that come twice.

        Raises:
            Corrupt: one does.
        """
        if self._hashes:
            hashes = np.concatenate(self._hashes)
            self._hashes.clear()
            hashes.sort()
            twice = set(hashes[1:][hashes[1:] == hashes[:-1]].tolist())
            counts = Counter(image_id for image_id in all_ids() if hash(image_id) in twice) if twice else Counter[str]()
            named = [image_id for image_id, count in counts.items() if count > 1]
            if named:
                self._refuse(named)

    def _refuse(self, twice: list[str]) -> None:
        raise Corrupt(f"job {self._plan.job_id}: images in more than one place: {', '.join(twice[:_SHOWN])}")
