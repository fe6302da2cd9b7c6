"""The index of jobs against the truth: whatever happens in whatever order, and wherever a process dies."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from api.readers.jobs.job_index import JobIndex
from api.readers.jobs.job_query import JobQuery
from dispatch.job_index import segments
from dispatch.job_index.build import rebuild
from dispatch.remarks import write_remarks
from jobs.state import TERMINAL, JobState
from store.memory import MemoryStore
from tests.integration.dispatch.index_readers import readers
from tests.services.disturbed_store import Disturbed
from tests.services.stored_jobs import active_jobs, end_stored_job, store_job
from workers.lifecycle import index_upkeep
from workers.lifecycle.index_upkeep import keep_index

STATES = sorted(TERMINAL)


class Index(RuleBasedStateMachine):
    """Jobs come, end and are packed; processes die between two writes; the index is made again."""

    @initialize()
    def begin(self) -> None:
        self.store = MemoryStore("machine")
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(segments, "ROWS", 2)
        self.patch.setattr(segments, "FANOUT", 2)
        self.patch.setattr(index_upkeep, "compact", partial(segments.compact, at_least=2))
        self.index = JobIndex(self.store)
        self.jobs: dict[str, str] = {}
        self.settled = True

    def teardown(self) -> None:
        self.patch.undo()

    @rule(noted=st.booleans())
    def submit(self, noted: bool) -> None:
        self.jobs[store_job(self.store, len(self.jobs), noted=noted)] = ""

    @rule(data=st.data(), state=st.sampled_from(STATES), noted=st.booleans())
    def end(self, data: st.DataObject, state: JobState, noted: bool) -> None:
        running = sorted(job_id for job_id, known in self.jobs.items() if not known)
        if running:
            job_id = data.draw(st.sampled_from(running))
            # A release without an index notes nothing, but what it runs was noted while it was active.
            keep_index(active_jobs(self.store), self.store)
            end_stored_job(self.store, job_id, state, noted=noted)
            self.jobs[job_id] = state.value

    @rule()
    def keep(self) -> None:
        keep_index(active_jobs(self.store), self.store)

    @rule()
    def make_again(self) -> None:
        rebuild(self.store)

    @rule()
    def start_again(self) -> None:
        self.index = JobIndex(self.store)

    @rule()
    def lose(self) -> None:
        for info in list(self.store.list("index/")):
            self.store.delete(info.key)
        self.index = JobIndex(self.store)

    @invariant()
    def all_jobs_are_listed_once_newest_first(self) -> None:
        found = list(self.index.newest_first())
        assert [each.row.id for each in found] == sorted(self.jobs, reverse=True)
        for each in found:
            assert each.row.state in {"", self.jobs[each.row.id]}
            assert each.active == (self.jobs[each.row.id] == "")

    @invariant()
    def pages_go_on_behind_any_job(self) -> None:
        for job_id in list(self.jobs)[:3]:
            older = [each.row.id for each in self.index.newest_first(after=job_id)]
            assert older == sorted((other for other in self.jobs if other < job_id), reverse=True)


TestIndex = Index.TestCase
TestIndex.settings = settings(max_examples=30, stateful_step_count=25, deadline=None)


class RemarkedIndex(Index):
    """Besides, jobs are tagged and archived, also while others are packed."""

    @initialize()
    def begin(self) -> None:
        super().begin()
        self.patch.setattr(index_upkeep, "compact", partial(segments.compact, at_least=1))
        self.reader = readers(self.store)
        self.tagged: set[str] = set()
        self.archived: set[str] = set()

    def lose(self) -> None:
        """Never: what a lost index knew of remarks is known again only once it is whole."""

    def write(self, job_id: str, *, tagged: bool, archived: bool) -> None:
        write_remarks(job_id, {"tags": ("seen",) if tagged else (), "archived": archived}, self.store)
        for wanted, jobs in ((tagged, self.tagged), (archived, self.archived)):
            (jobs.add if wanted else jobs.discard)(job_id)

    @rule(data=st.data(), tagged=st.booleans(), archived=st.booleans())
    def remark(self, data: st.DataObject, tagged: bool, archived: bool) -> None:
        if self.jobs:
            self.write(data.draw(st.sampled_from(sorted(self.jobs))), tagged=tagged, archived=archived)

    def ended(self) -> str:
        """A job that is to be packed."""
        job_id = store_job(self.store, len(self.jobs))
        end_stored_job(self.store, job_id)
        self.jobs[job_id] = JobState.SUCCEEDED.value
        return job_id

    @rule(after=st.integers(0, 25), tagged=st.booleans(), archived=st.booleans())
    def remark_while_it_is_packed(self, after: int, tagged: bool, archived: bool) -> None:
        happens = partial(self.write, self.ended(), tagged=tagged, archived=archived)
        self.keep_in(Disturbed(self.store, after=after, happens=happens))

    @rule(after=st.integers(0, 25), later=st.integers(1, 9))
    def die_while_a_remarked_one_is_packed(self, after: int, later: int) -> None:
        def die() -> None:
            raise KeyboardInterrupt

        happens = partial(self.write, self.ended(), tagged=True, archived=True)
        written = Disturbed(self.store, after=after, happens=happens)
        with suppress(KeyboardInterrupt):
            self.keep_in(Disturbed(written, after=after + later, happens=die))
        self.keep()

    def keep_in(self, store: Any) -> None:
        keep_index(active_jobs(self.store), store)

    @invariant()
    def remarks_are_known(self) -> None:
        assert self.reader.archived() == self.archived
        for archived in (False, True):
            query = JobQuery(tag="seen", archived=archived, projects=None, limit=1000)
            found = {job.id for job in self.reader.page(query, live=False)[0]}
            assert found == {job_id for job_id in self.tagged if (job_id in self.archived) == archived}


TestRemarkedIndex = RemarkedIndex.TestCase
TestRemarkedIndex.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
