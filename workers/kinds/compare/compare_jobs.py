"""The step of a comparison: join the images of two jobs, compare what each says of them, write what was found."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from jobs.errors import InvalidSpec
from jobs.models.artifact import Artifact
from jobs.results.comparison.document import DOCUMENT, PAGE, TABLE, Comparison
from jobs.results.comparison.summary import comparison_summary
from jobs.results.report import Report
from jobs.specs.compare_spec import CompareSpec
from workers.inputs.job_results import JobResults, ended_job, job_results
from workers.kinds.compare.comparison_table import write_table
from workers.kinds.compare.condition_changes import condition_changes
from workers.kinds.compare.differing_images import DifferingImages, differing_images
from workers.kinds.compare.joined_images import EXAMPLES, ids_of, joined_images
from workers.kinds.compare.left_out import left_out
from workers.kinds.compare.map_agreements import AgreementByImage, agreement_by_image
from workers.kinds.compare.map_files import MapFiles
from workers.kinds.compare.measure_changes import measure_changes
from workers.kinds.compare.outcome_changes import accuracy_change, class_changes
from workers.kinds.compare.report.page import comparison_page
from workers.kinds.compare.report.pictures import pictures_of
from workers.kinds.compare.side import NO_CLASS, Side
from workers.kinds.compare.two_sides import TwoSides
from workers.step.step_context import StepContext
from workers.tables.gathered_images import gathered_images
from workers.tables.image_part import PARQUET


def compare_jobs(spec: CompareSpec, context: StepContext) -> Report:
    """Compare, and write ``comparison.json``, ``comparison.parquet`` and ``comparison.html``.

    Raises:
        Interruption: the job is to stop, the lease was lost, or the worker leaves.
        InvalidSpec: the two jobs have no image in common.
    """
    with _two_sides(spec, context) as sides, tempfile.TemporaryDirectory(prefix="florescope-") as folder:
        maps = MapFiles(context.services.store, Path(folder))
        agreements = _agreements(sides, maps, context)
        differing = differing_images(sides, agreements)
        comparison = _comparison(sides, agreements, differing, context)
        comparison = comparison.model_copy(update={"measures": measure_changes(sides, seed=spec.seed)})
        summary = comparison_summary(comparison)
        context.pulse.progress(context.plan.total, message="drawing what differs most")
        pictures = pictures_of(comparison, differing, sides, store=context.services.store, maps=maps)
        page = comparison_page(comparison, pictures, job=context.job, summary=summary)
        files = (
            context.files.put(DOCUMENT, comparison.encode(), "application/json"),
            context.files.put(PAGE, page, "text/html; charset=utf-8"),
            _table(sides, agreements, context),
        )
    return context.report(artifacts=files, values=summary)


@contextmanager
def _two_sides(spec: CompareSpec, context: StepContext) -> Iterator[TwoSides]:
    """Both jobs with the rows of their images, joined.

    Raises:
        InvalidSpec: they have no image in common.
    """
    store, check = context.services.store, context.pulse.check
    with ExitStack() as stack:
        found = []
        for field, job_id in (("first", spec.first_job_id), ("second", spec.second_job_id)):
            context.pulse.progress(0, message=f"reading the rows of job {job_id}")
            results = job_results(ended_job(job_id, store, field=field), store)
            images = gathered_images(results.job, results.plan, results.reports, store, check=check)
            found.append((results, stack.enter_context(images)))
        (first, ours), (second, theirs) = found
        joined = joined_images(ours, theirs)
        if not len(joined.first):
            raise InvalidSpec(
                f"first and second have no image in common: first is of {_split(first)}, second of {_split(second)}",
                field="second",
            )
        yield TwoSides(Side(first, ours, joined.first), Side(second, theirs, joined.second), joined)


def _agreements(sides: TwoSides, maps: MapFiles, context: StepContext) -> Sequence[AgreementByImage]:
    """Of each pair of methods, as far as raw maps were kept."""
    return [
        agreement_by_image(sides, pair, files=maps, on_image=partial(_show, context, sides, number))
        for number, pair in enumerate(sides.pairs)
    ]


def _show(context: StepContext, sides: TwoSides, pair: int, done: int) -> None:
    """Progress while the maps of a pair of methods are compared."""
    context.pulse.check()
    share = (pair + done / sides.images) / len(sides.pairs)
    methods = " and ".join(dict.fromkeys(sides.pairs[pair]))
    context.pulse.progress(round(share * context.plan.total, 2), message=f"comparing maps of {methods}")


def _comparison(
    sides: TwoSides, agreements: Sequence[AgreementByImage], differing: DifferingImages, context: StepContext
) -> Comparison:
    first, second, joined = sides.first, sides.second, sides.joined
    predictions = first.labels("prediction"), sides.classes.in_first(second.labels("prediction"))
    known = (predictions[0] != NO_CLASS) & (predictions[1] != NO_CLASS)
    return Comparison(
        job_id=context.job.id,
        kind=first.results.job.spec.kind,
        dataset=first.dataset,
        first=first.described(),
        second=second.described(),
        images=sides.images,
        compared=int((~first.failed & ~second.failed).sum()),
        only_first=len(joined.only_first),
        only_second=len(joined.only_second),
        only_first_examples=ids_of(first.images, joined.only_first[:EXAMPLES]),
        only_second_examples=ids_of(second.images, joined.only_second[:EXAMPLES]),
        changed=int((predictions[0] != predictions[1])[known].sum()),
        change_known=int(known.sum()),
        accuracy=accuracy_change(sides),
        classes=class_changes(sides),
        conditions=condition_changes(sides, context.services.store),
        maps=tuple(agreement.summary() for agreement in agreements),
        broken=differing.broken,
        fixed=differing.fixed,
        least_alike=differing.least_alike,
        left_out=left_out(sides, agreements),
    )


def _table(sides: TwoSides, agreements: Sequence[AgreementByImage], context: StepContext) -> Artifact:
    with tempfile.TemporaryDirectory(prefix="florescope-") as folder:
        path = Path(folder) / TABLE
        write_table(path, sides, agreements)
        return context.files.put_file(TABLE, path, PARQUET)


def _split(results: JobResults) -> str:
    return repr(getattr(results.job.spec, "split", results.plan.split))
