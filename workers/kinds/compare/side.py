"""One of the two jobs of a comparison: its rows, in the order of the images that both jobs have."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from jobs.results.comparison.document import ComparedJob
from jobs.results.record import Outcome
from jobs.specs.evaluate_spec import EvaluateSpec
from jobs.specs.explain_spec import ExplainSpec
from workers.inputs.job_results import JobResults
from workers.kinds.compare.joined_images import Rows
from workers.kinds.explain.measured import Measured, Numbers
from workers.tables.gathered_images import GatheredImages

Labels = NDArray[np.int64]
NO_CLASS = -1


@dataclass(frozen=True, eq=False)
class Side:
    """A job, all its rows, and which of them hold the n images that both jobs have."""

    results: JobResults
    images: GatheredImages
    rows: Rows

    @property
    def dataset(self) -> str:
        """The name of its data set."""
        spec = self.results.job.spec
        return spec.dataset if isinstance(spec, ExplainSpec | EvaluateSpec) else ""

    @property
    def methods(self) -> tuple[str, ...]:
        """By which it explained; none of an evaluation."""
        spec = self.results.job.spec
        return spec.methods if isinstance(spec, ExplainSpec) else ()

    @property
    def class_names(self) -> tuple[str, ...]:
        """The names of the model's classes, by label."""
        model = self.results.plan.model
        return model.class_names if model else ()

    def class_name(self, label: int | None) -> str | None:
        """The name of a class, where it has one."""
        return self.class_names[label] if label is not None and 0 <= label < len(self.class_names) else None

    @cached_property
    def outcomes(self) -> NDArray[np.str_]:
        """(n,): how each image ended."""
        return self._all_outcomes[self.rows]

    @property
    def failed(self) -> NDArray[np.bool_]:
        """(n,): whether the image ended as an error."""
        return np.asarray(self.outcomes == Outcome.ERROR.value)

    @property
    def judged(self) -> NDArray[np.bool_]:
        """(n,): whether the prediction was called right or wrong."""
        return np.isin(self.outcomes, (Outcome.CORRECT.value, Outcome.WRONG.value))

    @property
    def right(self) -> NDArray[np.bool_]:
        """(n,): whether it was right."""
        return np.asarray(self.outcomes == Outcome.CORRECT.value)

    def labels(self, name: str) -> Labels:
        """(n,): the column ``label`` or ``prediction``, -1 where it has no class."""
        return np.nan_to_num(self.numbers(name), nan=NO_CLASS).astype(np.int64)

    def numbers(self, name: str) -> Numbers:
        """(n,): a column of numbers, NaN where there is none."""
        return Measured(self.images, self.methods).column(name)[self.rows]

    def measure(self, method: str, name: str) -> Numbers:
        """(n,): a measure of a method's maps, NaN where there is none."""
        return Measured(self.images, self.methods).every(method, name)[self.rows]

    def described(self) -> ComparedJob:
        """What the comparison says of this job."""
        job, plan = self.results.job, self.results.plan
        return ComparedJob(
            job_id=job.id,
            name=job.spec.name,
            model_id=plan.model.id if plan.model else None,
            model_name=plan.model.name if plan.model else None,
            split=plan.split,
            images=len(self._all_outcomes),
            failed=int(np.count_nonzero(self._all_outcomes == Outcome.ERROR.value)),
            methods=self.methods,
            question=job.spec.question,
        )

    @cached_property
    def _all_outcomes(self) -> NDArray[np.str_]:
        return np.asarray(self.images.column("outcome").to_pylist(), np.str_)
