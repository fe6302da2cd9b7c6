"""Reads jobs as the API shows them: from the store, and from the live board while they run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import islice, takewhile

from api.http.caller import current_caller
from api.readers.deleted_things import DeletedThings
from api.readers.jobs.job_documents import JobDocuments, no_such_job
from api.readers.jobs.job_index import JobIndex, Listed
from api.readers.jobs.job_query import JobQuery, made_at_s
from api.readers.jobs.job_rows import JobRows
from api.readers.jobs.live_views import LiveViews
from api.readers.jobs.turn_reader import TurnReader
from api.readers.queue_reader import QueueReader
from api.readers.unreadable import Unreadable
from dispatch.board import Board
from jobs.errors import ObjectNotFound
from jobs.housekeeping.thing import ThingKind, job_thing
from jobs.job import Job, JobEnd, JobResource, resource
from jobs.job_note import Remarks
from jobs.lists.index_row import IndexRow
from jobs.lists.job_facts import JobFacts
from jobs.live.at_work import QueuePlace
from jobs.specs.unknown_spec import UnknownSpec
from jobs.state import JobState
from jobs.turns.turn import ShownTurn, Wish
from store.base import ObjectStore

BATCH = 50
_REMARKS = set(Remarks.model_fields)


def _with_turn(job: JobResource, turn: ShownTurn | None, place: QueuePlace | None) -> JobResource:
    """The job with its turn and its place; its message says why it waits, if it does."""
    changes: dict[str, object] = {"turn": turn, "queue": place}
    message = job.progress.message
    if turn is not None and turn.pause is not None and job.state is not JobState.CANCELLING:
        changes["queue"] = None
        message = f"{turn.pause.in_words()}; steps under way end first"
    elif place is not None:
        message = place.in_words()
    if message != job.progress.message:
        changes["progress"] = job.progress.model_copy(update={"message": message})
    return job.model_copy(update=changes)


class JobReader:
    """Single jobs, and pages of them."""

    def __init__(
        self, store: ObjectStore, board: Board, queues: QueueReader, *, deleted: DeletedThings | None = None
    ) -> None:
        self._queues = queues
        self._deleted = deleted or DeletedThings(store)
        self._views = LiveViews(board.progress)
        self._turns = TurnReader(store, board)
        self._index = JobIndex(store, deleted=lambda: self._deleted.names(ThingKind.JOB))
        self._documents = JobDocuments(store, self._deleted)
        self._rows = JobRows(self._documents, self._index, board, self._views)

    def check_visible(self, job_id: str) -> None:
        """Let a caller pass who sees the job.

        Raises:
            ObjectNotFound: there is no such job, or none that the caller of the present request may know of, or it is
                deleted.
        """
        caller = current_caller()
        if caller.projects is not None and not caller.sees(self.project(job_id)):
            raise no_such_job(job_id)
        if job_thing(job_id) in self._deleted:
            raise ObjectNotFound(f"job {job_id} is deleted: within a day, 'florescope restore {job_id}' brings it back")

    def project(self, job_id: str) -> str:
        """See ``JobDocuments.project``."""
        return self._documents.project(job_id)

    def job(self, job_id: str) -> Job:
        """See ``JobDocuments.job``; what the caller of the present request does not see is not there."""
        self.check_visible(job_id)
        return self._documents.job(job_id)

    def end(self, job_id: str) -> JobEnd | None:
        """See ``JobDocuments.end``."""
        return self._documents.end(job_id)

    def wish(self, job_id: str) -> Wish:
        """Priority and deadline of a job, also of one that is over; the usual ones where that cannot be read."""
        self.check_visible(job_id)
        return self._turns.stored(job_id) or Wish()

    def resource(self, job_id: str, *, live: bool = True) -> JobResource:
        """One job as the API shows it.

        Args:
            job_id: which.
            live: ask the board too; without it, a job that is not over shows as queued.

        Raises:
            ObjectNotFound: there is no such job.
            Unreadable: there is, and it cannot be read.
            BoardUnavailable: the job is not over and the board does not answer.
        """
        job, end = self.job(job_id), self.end(job_id)
        snapshot = self._views.current([job_id]).get(job_id) if live and end is None else None
        if end is None and snapshot is None:
            end = self.end(job_id)  # it may have ended, and left the board, since we asked
            snapshot = self._views.last(job_id) if live else None
        cancelling = end is None and self._documents.cancelling(job_id)
        found = resource(job, snapshot=snapshot, end=end, cancelling=cancelling)
        if not live and end is None:
            found = found.model_copy(update={"turn": self._turns.stored(job_id)})
        return self._remarked(next(self._placed([found])) if live else found)

    def row(self, job_id: str, *, live: bool = True) -> JobResource:
        """One job as lists show it: also where it cannot be read.

        Raises:
            ObjectNotFound: there is no such job.
            BoardUnavailable: see ``resource``.
        """
        self.check_visible(job_id)
        with suppress(Unreadable):
            return self.resource(job_id, live=live)
        found = next(self.resources([job_id], live=live), None)
        if found is None:
            raise ObjectNotFound(f"job {job_id!r} was removed")
        return found

    def page(self, query: JobQuery, *, live: bool = True) -> tuple[list[JobResource], str | None]:
        """Jobs that match, newest first, and the ``after`` of the next page (None at the end)."""
        if query.asks_for_facts:
            return self._page_by_facts(query, live=live)
        listed = filter(query.may_match, self._index.newest_first(after=query.after))
        wanted = (each for each in listed if self._archived(each) == query.archived)
        rows = self._rows.rows(wanted, live=live, at_once=query.limit + 1)
        found = list(islice(filter(query.matches, rows), query.limit + 1))
        shown = self._shown(found[: query.limit], live=live)
        return shown, shown[-1].id if len(found) > query.limit else None

    def ended(self, query: JobQuery) -> Iterator[str]:
        """Ids of the jobs that are over and match, going by the index alone; newest first."""
        listed = self._index.newest_first(after=query.after)
        return (each.row.id for each in listed if each.row.kind and not each.active and query.may_match(each))

    def newest(self, *, since_s: float) -> Iterator[tuple[IndexRow, bool]]:
        """Rows of the jobs that got their ids since then, and whether each is active, going by the index alone."""
        listed = self._index.newest_first()
        recent = takewhile(lambda each: made_at_s(each.row.id) >= since_s, listed)
        return ((each.row, each.active) for each in recent)

    def _page_by_facts(self, query: JobQuery, *, live: bool) -> tuple[list[JobResource], str | None]:
        """Jobs that match, searched or sorted by what the index knows of all of them."""
        every = filter(query.may_match, self._index.newest_first())
        listed = [each for each in every if self._archived(each) == query.archived]
        unsure = [each for each in listed if each.active or not each.row.kind]
        fitting = {job.id for job in self._rows.rows(unsure, live=live, at_once=BATCH) if query.matches(job)}
        left_out = {each.row.id for each in unsure} - fitting
        known = [(each, self._facts(each)) for each in listed if each.row.id not in left_out]
        found = query.in_order([(each, facts) for each, facts in known if query.fits(each, facts)])
        start, stop = query.offset, query.offset + query.limit
        rows = self._rows.rows(found[start:stop], live=live, at_once=query.limit)
        shown = self._shown([job for job in rows if query.matches(job)], live=live)
        return shown, str(stop) if len(found) > stop else None

    def archived(self) -> frozenset[str]:
        """Ids of all jobs that are archived."""
        return frozenset(each.row.id for each in self._index.newest_first() if self._archived(each))

    def _archived(self, listed: Listed) -> bool:
        """Whether a job is archived; nothing is read of one that nobody wrote a remark on."""
        job_id = listed.row.id
        if not self._index.has_remarks(job_id):
            return False
        facts = self._index.facts(job_id) if listed.settled else None
        if facts is not None:
            return facts.archived
        note = self._documents.note(job_id)
        return note is not None and note.archived

    def _facts(self, listed: Listed) -> JobFacts:
        job_id = listed.row.id
        known = self._index.facts(job_id) if listed.settled else None
        if known is not None:
            return known
        found = self._documents.facts(job_id)
        if found is not None and listed.settled:
            self._index.learn(job_id, found)
        return found or JobFacts()

    def _shown(self, jobs: Sequence[JobResource], *, live: bool) -> list[JobResource]:
        placed = self._placed(jobs) if live else jobs
        return [self._with_remarks(job) for job in placed]

    def _with_remarks(self, job: JobResource) -> JobResource:
        """The job with what people wrote beside it; nothing is read of one that is known to have nothing."""
        return self._remarked(job) if self._index.has_remarks(job.id) else job

    def _remarked(self, job: JobResource) -> JobResource:
        note = self._documents.note(job.id)
        return job if note is None else job.model_copy(update={"remarks": Remarks(**note.model_dump(include=_REMARKS))})

    def projects(self, ids: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Each of these jobs with its project, going by the index, which reads none of them.

        Those that the index does not know are left out.
        """
        return self._index.projects(ids)

    def resources(self, ids: Sequence[str], *, live: bool) -> Iterator[JobResource]:
        """Those of these jobs that there are, in this order; of one that cannot be read, a row that says why."""
        active = self._index.active()
        listed = (Listed(IndexRow(job_id), job_id in active) for job_id in ids)
        rows = self._rows.rows(listed, live=live, at_once=BATCH)
        return self._placed(list(rows)) if live else rows

    def watched(self, ids: Sequence[str]) -> Iterator[JobResource]:
        """Those of these jobs that there are, each as ``resource`` gives it; remarks are read where there are any."""
        self._index.list_remarked()
        for job in self.resources(ids, live=True):
            yield self._remarked(job) if job.state.terminal else self._with_remarks(job)

    def _placed(self, jobs: Sequence[JobResource]) -> Iterator[JobResource]:
        """The jobs with their turns, and where those wait that nobody has taken up: behind which of their project."""
        turns = self._turns.live([job for job in jobs if not job.state.terminal and job.kind != UnknownSpec().kind])
        places = self._queues.places(job.id for job in jobs if job.state is JobState.QUEUED)
        behind = {job_id for place in places.values() for job_id in place.behind}
        projects = dict(self._index.projects(behind)) if behind else {}
        for job in jobs:
            turn, place = turns.get(job.id), places.get(job.id)
            if place is not None:
                known = tuple(job_id for job_id in place.behind if projects.get(job_id) == job.project)
                place = place.model_copy(update={"behind": known})
            yield _with_turn(job, turn, place)
