"""Lists all files that a job made: the job's own first, then those of each step, in order."""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from api.http import cursor
from api.readers.images.result_query import ResultReader
from api.readers.report_reader import ReportReader
from jobs import keys
from jobs.errors import ObjectNotFound
from jobs.housekeeping.heatmaps import is_heatmap
from jobs.models.artifact import Artifact
from store.base import ObjectInfo, ObjectStore

JOB_FILES = ("spec.json", "plan.json", "listing.json", "trials.json", "manifest.json", "errors.jsonl", "end.json")


@dataclass(frozen=True)
class LocatedFile:
    """A file, and the step whose report names it (None for the job's own)."""

    artifact: Artifact
    step: str | None


class ArtifactIndex:
    """Looks through one job's files."""

    def __init__(self, store: ObjectStore, reports: ReportReader, results: ResultReader, job_id: str) -> None:
        self._store = store
        self._reports = reports
        self._results = results
        self._job_id = job_id

    def page(self, *, limit: int, after: str | None) -> tuple[list[LocatedFile], str | None]:
        """Files in order, and the ``after`` of the next page (None at the end).

        Raises:
            InvalidSpec: ``after`` is no place in this list.
        """
        step, skip = cursor.decode(after, str, int) if after else ("", 0)
        found = list(islice(self._from(step, max(skip, 0)), limit + 1))
        shown = found[:limit]
        if len(found) <= limit:
            return shown, None
        last = shown[-1].step or ""
        in_step = sum((each.step or "") == last for each in shown)
        return shown, cursor.encode(last, in_step + (skip if last == step else 0))

    def find(self, name: str, *, step: str | None = None) -> Artifact:
        """The file of this name; ``step`` says where to look first.

        Raises:
            ObjectNotFound: the job has no such file (yet).
        """
        for located in self._likely_first(name, step):
            if located.artifact.name == name:
                return located.artifact
        with suppress(ObjectNotFound):
            return self._picture(name, step)
        raise ObjectNotFound(f"job {self._job_id} has no file {name!r}: its /artifacts lists those there are")

    def _likely_first(self, name: str, step: str | None) -> Iterator[LocatedFile]:
        if name in JOB_FILES:
            yield from self._job_files(name)
            return
        yield from self._whole()
        plan = self._reports.plan(self._job_id)
        planned = plan.steps if plan is not None else ()
        named = name.split("/", 1)[0]  # files of a step are called after it
        for each in dict.fromkeys((step, named)):
            if each in planned:
                with suppress(ObjectNotFound):
                    yield from self._of_step(each)
        if plan is not None and not plan.shards:
            for each in self._reports.steps(self._job_id):
                yield from self._of_step(each)

    def _of_step(self, step: str) -> Iterator[LocatedFile]:
        yield from self._report(step)
        files = self._reports.report(self._job_id, step).files
        yield from (LocatedFile(artifact, step) for artifact in files if self._is_there(artifact.key))

    def _picture(self, name: str, step: str | None) -> Artifact:
        """The stored picture ``<image>/<method>.jpg`` of an image, or whatever its form is.

        Raises:
            ObjectNotFound: there is none.
        """
        image_id, _, file = name.rpartition("/")
        method = file.rpartition(".")[0]
        found = self._results.find(self._job_id, image_id, step=step).record.method(method)
        overlay = found.overlay if found is not None else None
        if overlay is None or overlay.name != name or not self._is_there(overlay.key):
            raise ObjectNotFound(f"image {image_id!r} has no picture by {method!r}")
        return overlay

    def _from(self, step: str, skip: int) -> Iterator[LocatedFile]:
        if not step:
            yield from islice(self._own(), skip, None)
        for each in self._reports.steps(self._job_id):
            if (keys.step_order(each), each) >= (keys.step_order(step), step):
                yield from islice(self._of_report(each), skip if each == step else 0, None)

    @cached_property
    def _without_heatmaps(self) -> bool:
        return self._store.head(keys.heatmaps_removed(self._job_id)) is not None

    def _is_there(self, key: str) -> bool:
        """False of heatmaps that were removed, whatever the reports say of them."""
        own = key.startswith(keys.job(self._job_id))  # the tables that name pictures may be imported
        return own and not (is_heatmap(key) and self._without_heatmaps)

    def _own(self) -> Iterator[LocatedFile]:
        yield from self._job_files(*JOB_FILES)
        yield from self._whole()

    def _job_files(self, *names: str) -> Iterator[LocatedFile]:
        """Those of these that are there; each is read, where the store does not know its digest."""
        for name in names:
            info = self._store.head(keys.job(self._job_id) + name)
            if info is not None:
                yield LocatedFile(self._artifact(info), None)

    def _whole(self) -> Iterator[LocatedFile]:
        for artifact in self._reports.files(self._job_id):
            yield LocatedFile(artifact, None)

    def _of_report(self, step: str) -> Iterator[LocatedFile]:
        yield from self._of_step(step)
        for record in () if self._without_heatmaps else self._results.of_step(self._job_id, step):
            yield from (
                LocatedFile(method.overlay, step)
                for method in record.methods
                if method.overlay is not None and self._is_there(method.overlay.key)
            )

    def _report(self, step: str) -> Iterator[LocatedFile]:
        info = self._store.head(keys.report(self._job_id, step))
        if info is not None:
            yield LocatedFile(self._artifact(info), step)

    def _artifact(self, info: ObjectInfo) -> Artifact:
        return Artifact(
            name=info.key.removeprefix(keys.job(self._job_id)),
            key=info.key,
            size=info.size,
            sha256=info.sha256 or self._sha256(info.key),
            content_type=mimetypes.guess_type(info.key)[0] or "application/octet-stream",
        )

    def _sha256(self, key: str) -> str:
        digest = hashlib.sha256()
        for chunk in self._store.stream(key):
            digest.update(chunk)
        return digest.hexdigest()
