"""Keeps what an unfinished attempt at a shard has done, so that the next attempt goes on from there.

Every few seconds, and when a worker is asked to leave, the images since the last time become a part: a file of this
attempt with their records and whatever else the shard must have of them. A document of the step names the parts in
order; together they are the first images of the shard, each once. It only spares work: where it is missing, damaged or
of another shard, the next attempt begins with the first image.
"""

from __future__ import annotations

import hashlib
import io
import time
import zipfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import structlog

from jobs import keys
from jobs.errors import Corrupt, JobError, NewerVersion, ObjectNotFound, Retryable
from jobs.models.artifact import Artifact
from jobs.plan import Shard
from jobs.results.record import ImageRecord
from jobs.value import Document, Value
from store.base import ObjectStore
from store.verified import verified_bytes
from workers.step.interruption import Stopping
from workers.step.step_context import StepContext

_log = structlog.get_logger(__name__)
KEEP_EVERY_S = 10.0
_RECORDS = "records.jsonl"
Files = Mapping[str, bytes]


class KeptPart(Value):
    """Consecutive images that were finished, and the file that holds them."""

    images: int
    file: Artifact


class KeptShard(Document):
    """The finished images of an unfinished shard, from its first one on.

    Attributes:
        made_by: digest of all that the images depend on: the specification, the plan's shard and the code.
    """

    job_id: str
    step: str
    made_by: str
    parts: tuple[KeptPart, ...]


@dataclass(frozen=True)
class Kept:
    """What one part holds: the records of its images, and other files by their names."""

    records: tuple[ImageRecord, ...]
    files: Files


@dataclass
class KeptImages:
    """The finished images of one shard, from all attempts."""

    context: StepContext
    _parts: list[KeptPart] = field(default_factory=list)
    _waiting: deque[tuple[Sequence[ImageRecord], Files]] = field(default_factory=deque)
    _kept_at: float = field(default_factory=time.monotonic)

    def adopt(self) -> list[Kept]:
        """What earlier attempts kept, checked; nothing where that is of no use here."""
        found: list[Kept] = []
        following = self._shard.start
        for part in self._read():
            kept = _opened(part, self._store)
            places = range(following, following + part.images)
            if kept is None or [record.index for record in kept.records] != list(places):
                break
            found.append(kept)
            self._parts.append(part)
            following = places.stop
        if found:
            _log.info("images_adopted", images=following - self._shard.start, of=self._shard.size)
        return found

    def keeping(
        self, records: Iterable[ImageRecord], files: Callable[[Sequence[ImageRecord]], Files]
    ) -> Iterator[ImageRecord]:
        """The same records, kept every few seconds and when this worker is to leave.

        Args:
            records: of the images that follow those that were adopted, in order.
            files: what must be kept beside the records of these images, which it has not been asked for before.
        """
        fresh: list[ImageRecord] = []
        try:
            for record in records:
                fresh.append(record)
                if time.monotonic() - self._kept_at >= KEEP_EVERY_S:
                    self._keep(fresh, files(fresh))
                    fresh = []
                yield record
        except Stopping:
            if fresh:
                self._keep(fresh, files(fresh))
            raise

    @property
    def _shard(self) -> Shard:
        return self.context.plan.shard(self.context.step)

    @property
    def _store(self) -> ObjectStore:
        return self.context.services.store

    @property
    def _key(self) -> str:
        return keys.kept(self.context.job.id, self.context.step)

    def _read(self) -> tuple[KeptPart, ...]:
        with suppress(ObjectNotFound, Corrupt, NewerVersion):
            found = KeptShard.decode(self._store.get(self._key))
            if found.made_by == self._made_by():
                return found.parts
        return ()

    def _keep(self, records: Sequence[ImageRecord], files: Files) -> None:
        """Write a part, then the document that names it.

        What the store does not take now is written before the next part: parts behind a gap would be of no use.
        """
        self._waiting.append((records, files))
        try:
            self._store.flush()  # the pictures that the records name
            while self._waiting:
                self._write(*self._waiting[0])
                self._waiting.popleft()
            kept = KeptShard(
                job_id=self.context.job.id, step=self.context.step, made_by=self._made_by(), parts=tuple(self._parts)
            )
            self._store.put(self._key, kept.encode(), content_type="application/json")
        except Retryable as error:
            _log.warning("images_not_kept", images=len(records), error=str(error))
        self._kept_at = time.monotonic()

    def _write(self, records: Sequence[ImageRecord], files: Files) -> None:
        name = f"kept/{len(self._parts):05d}.zip"
        file = self.context.files.put(name, _packed(records, files), "application/zip")
        self._parts.append(KeptPart(images=len(records), file=file))

    def _made_by(self) -> str:
        context = self.context
        parts = (context.job.spec.encode(), self._shard.encode(), context.services.code_version.encode())
        return hashlib.sha256(b"\n".join(parts)).hexdigest()


def forget_kept(job_id: str, step: str, store: ObjectStore) -> None:
    """Delete what was kept of a shard that is committed; whatever goes wrong, it is in nobody's way."""
    key = keys.kept(job_id, step)
    with suppress(JobError):
        kept = KeptShard.decode(store.get(key))
        store.delete(key)
        for part in kept.parts:
            store.delete(part.file.key)


def _packed(records: Sequence[ImageRecord], files: Files) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(_RECORDS, b"\n".join(record.encode() for record in records))
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def _opened(part: KeptPart, store: ObjectStore) -> Kept | None:
    """The content of a part; None where it is gone or damaged."""
    try:
        with zipfile.ZipFile(io.BytesIO(verified_bytes(part.file, store))) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
        lines = files.pop(_RECORDS).splitlines()
        return Kept(tuple(map(ImageRecord.decode, lines)), files)
    except (ObjectNotFound, Corrupt, zipfile.BadZipFile, KeyError) as error:
        _log.warning("kept_images_left_out", key=part.file.key, error=str(error))
        return None
